"""Errors shown to users, and their one-sentence messages with advice."""

import difflib
import errno
import os
import re
from collections.abc import Iterable, Sequence

FULL = (errno.ENOSPC, errno.EDQUOT)
"""errno values of a full disk."""
NO_SPACE = "no space left on the disk"
"""What every message about a full disk says."""
READ_ONLY = (errno.EACCES, errno.EPERM, errno.EROFS)
"""errno values of a place that this user may not write to."""

_ADVICE = {
    errno.EACCES: "see its permissions and those of its folder",
    errno.EPERM: "see its permissions and those of its folder",
    errno.EROFS: "choose a place that can be written to",
    errno.ENAMETOOLONG: "choose a shorter one",
    errno.ENOENT: "was it, or its folder, moved or removed?",
    errno.EISDIR: "it must be a file",
    errno.ENOTDIR: "a part of that path is a file, not a folder",
    errno.EEXIST: "move it away or choose another name",
    errno.ENOTEMPTY: "move it away or choose another name",
    errno.ELOOP: "see where its links lead",
    errno.EMFILE: "raise the limit by `ulimit -n`",
    errno.ENFILE: "wait until other programs have ended",
    errno.EAGAIN: "see the limits on processes and locks: `ulimit -a`",
    errno.ENOMEM: "end other programs, or use smaller batches",
    errno.EIO: "the disk or the network has failed: see the system's log",
    errno.ESTALE: "the network's disk has lost it: give the same command again",
    errno.ETIMEDOUT: "the network's disk does not answer: give the same command again",
    errno.ENOTCONN: "the disk was disconnected: mount it again",
    errno.ENODEV: "the disk was disconnected: mount it again",
    errno.ENXIO: "the disk was disconnected: mount it again",
    errno.EFBIG: "see the limit on files: `ulimit -f`",
    errno.EXDEV: "both must be on one disk",
    errno.ESPIPE: "it is a pipe, and must be a file",
}
_RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LISTED = 5  # names that a message lists


def printable(text: str) -> str:
    """Escapes control characters and surrogates, as in file names; keeps tabs and newlines."""
    return _RAW.sub(lambda match: ascii(match[0])[1:-1], text)


class InputError(Exception):
    """The request was wrong (exit status 2). One sentence: what, where, what to do.

    It may quote file names and lines unchanged, because its text is made `printable`.
    """

    def __str__(self) -> str:
        return printable(super().__str__())


class Failed(Exception):
    """The request was valid, but the work failed (exit status 1). One sentence."""

    def __str__(self) -> str:
        return printable(super().__str__())


def system_sentence(error: OSError) -> str | None:
    """A sentence with the path and the reason of an OSError; None for a bug of the program.

    Errors of the system have an errno. Without a path, only those with advice count as the user's:
    using a closed file, for example, is a bug.
    """
    if error.errno is None or error.strerror is None:
        return None
    path = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""
    if error.errno in FULL:
        return (
            f"{NO_SPACE} while writing {path or 'the output'}; make room and give "
            "the same command again"
        )
    if not path and error.errno not in _ADVICE:
        return None
    what = f"{path} cannot be read or written" if path else "the system refused"
    return f"{what}: {reason(error)}"


def sentence(error: Exception) -> str | None:
    """The message for an error of the request or the system (status 2); None for any other."""
    if isinstance(error, InputError):
        return str(error)
    return system_sentence(error) if isinstance(error, OSError) else None


def reason(error: OSError) -> str:
    """The system's reason for an OSError, with advice if there is any."""
    if error.errno == errno.ENOENT and _folder_is_gone():
        return "the current folder has been removed; change to one that exists"
    advice = _ADVICE.get(error.errno or 0)
    return f"{error.strerror or error}{f'; {advice}' if advice else ''}"


def _folder_is_gone() -> bool:
    try:
        os.getcwd()
    except FileNotFoundError:
        return True
    return False


def first_line(error: BaseException) -> str:
    """The first line of an exception's message, or its type if it has none."""
    lines = (line.strip() for line in str(error).splitlines())
    return next(filter(None, lines), type(error).__name__)


def suggest(word: str, known: Iterable[str]) -> str:
    """The nearest valid word for a message, `(did you mean 'balanced'?)`, or all of them."""
    words = list(known)
    near = difflib.get_close_matches(word, words, n=1)
    return f"(did you mean '{near[0]}'?)" if near else f"(known: {', '.join(words)})"


def listed(names: Sequence[str]) -> str:
    """The first five names, and how many more there are."""
    more = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {more} more" if more > 0 else "")
