"""What a user is told when a request cannot be carried out."""

import difflib
import re
from collections.abc import Iterable

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


def first_line(error: BaseException) -> str:
    """What a library's exception says first; its kind where it says nothing."""
    lines = (line.strip() for line in str(error).splitlines())
    return next(filter(None, lines), type(error).__name__)


def suggest(word: str, known: Iterable[str]) -> str:
    """The nearest valid word for a message, or all of them: `(did you mean 'balanced'?)`."""
    words = list(known)
    near = difflib.get_close_matches(word, words, n=1)
    return f"(did you mean '{near[0]}'?)" if near else f"(known: {', '.join(words)})"
