"""What a user is told when a request cannot be carried out."""

import difflib
import errno
import os
import re
from collections.abc import Iterable

FULL = (errno.ENOSPC, errno.EDQUOT)
"""Errors of the system for a disk without room."""
READ_ONLY = (errno.EACCES, errno.EPERM, errno.EROFS)
"""Errors of the system for what this user may read and not write."""

_ADVICE = {
    errno.EACCES: "see its permissions and those of its folder",
    errno.EPERM: "see its permissions and those of its folder",
    errno.EROFS: "name a place that can be written to",
    errno.ENAMETOOLONG: "choose a shorter one",
    errno.ENOENT: "was it, or its folder, moved or removed?",
    errno.EISDIR: "a file belongs there",
    errno.ENOTDIR: "a part of that path is a file where a folder belongs",
    errno.EEXIST: "move it away or choose another name",
    errno.ENOTEMPTY: "move it away or choose another name",
    errno.ELOOP: "see where its links lead",
    errno.EMFILE: "raise the limit by `ulimit -n`",
    errno.ENFILE: "wait until other programs have ended",
    errno.EAGAIN: "see the limits on processes and locks: `ulimit -a`",
    errno.ENOMEM: "end other programs, or ask for less at a time",
    errno.EIO: "the disk or the network has failed: see the system's log",
    errno.ESTALE: "the network's disk has lost it: give the same command again",
    errno.ETIMEDOUT: "the network's disk does not answer: give the same command again",
    errno.ENOTCONN: "the disk was disconnected: mount it again",
    errno.ENODEV: "the disk was disconnected: mount it again",
    errno.ENXIO: "the disk was disconnected: mount it again",
    errno.EFBIG: "see the limit on files: `ulimit -f`",
    errno.EXDEV: "both must be on one disk",
    errno.ESPIPE: "a pipe was named where a file belongs",
}
_RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """With escapes for what steers a terminal, or cannot be written to it: names may hold it.

    Tabs and line ends stay.
    """
    return _RAW.sub(lambda match: ascii(match[0])[1:-1], text)


class InputError(Exception):
    """The request itself was wrong. One sentence: what, where, what to do; exit status 2.

    It may quote names and lines of files as they are: its text is `printable`.
    """

    def __str__(self) -> str:
        return printable(super().__str__())


class Failed(Exception):
    """The request was right, and what it asked for went wrong. One sentence; exit status 1."""

    def __str__(self) -> str:
        return printable(super().__str__())


def system_sentence(error: OSError) -> str | None:
    """What the system refused, as a sentence with the path and the reason; None for faults of ours.

    The system's refusals have a number (errno). Without a path, those numbers count that a user can
    do something about: a file used after it was closed is a fault of the program.
    """
    if error.errno is None or error.strerror is None:
        return None
    path = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""
    if error.errno in FULL:
        return (
            f"no space left on the disk while writing {path or 'the output'}; make room and give "
            "the same command again"
        )
    if not path and error.errno not in _ADVICE:
        return None
    what = f"{path} cannot be read or written" if path else "the system refused"
    return f"{what}: {reason(error)}"


def sentence(error: Exception) -> str | None:
    """What a user is told of a request that cannot be carried out (status 2); None for the rest."""
    if isinstance(error, InputError):
        return str(error)
    return system_sentence(error) if isinstance(error, OSError) else None


def reason(error: OSError) -> str:
    """Why the system refused, in its words, and what to do about it where that is known."""
    if error.errno == errno.ENOENT and _folder_is_gone():
        return "the current folder has been removed; change into one that is there"
    advice = _ADVICE.get(error.errno or 0)
    return f"{error.strerror or error}{f'; {advice}' if advice else ''}"


def _folder_is_gone() -> bool:
    try:
        os.getcwd()
    except FileNotFoundError:
        return True
    return False


def first_line(error: BaseException) -> str:
    """What a library's exception says first; its kind where it says nothing."""
    lines = (line.strip() for line in str(error).splitlines())
    return next(filter(None, lines), type(error).__name__)


def suggest(word: str, known: Iterable[str]) -> str:
    """The nearest valid word for a message, or all of them: `(did you mean 'balanced'?)`."""
    words = list(known)
    near = difflib.get_close_matches(word, words, n=1)
    return f"(did you mean '{near[0]}'?)" if near else f"(known: {', '.join(words)})"
