"""Read JSON and JSON lines written by users or other programs (YAML: `yamls`).

Raise an InputError with the place for anything that the parser refuses, and for anything that it
accepts but later code cannot use: numbers too large for a float, deep nesting, NUL and lone
surrogates.
"""

import json
import os
import re
import stat
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO

from plion.errors import InputError, reason
from plion.system.kinds import misfit

DEEPEST = 100  # levels of nested lists and objects; Python's own limit depends on the call stack
_DIGITS = 308  # of the largest integer that fits in a float
# Not \\udc80 to \\udcff, which stand for the bytes of file names that are not UTF-8.
_NO_TEXT = re.compile("[\x00\ud800-\udc7f\udd00-\udfff]")


def read_json(path: Path, kind: Any = dict, remedy: str = "") -> Any:
    """The value in a JSON file, checked against the type `kind` (see `plion.system.kinds`).

    Raises InputError, ending with `remedy`, if the file is missing or unreadable, is not JSON, or
    holds another type.
    """
    try:
        with opened(path) as file:
            content = file.read()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {reason(error)}") from error
    return parse_json(content, f"{path} is damaged" if remedy else str(path), kind, remedy)


def read_text(path: Path) -> str:
    """The text of a file, without a byte order mark.

    Raises InputError if it is missing, unreadable or not UTF-8.
    """
    try:
        with TextIOWrapper(opened(path), encoding="utf-8-sig") as file:
            return file.read()
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} cannot be read: not UTF-8 at byte {error.start}") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {reason(error)}") from error


def opened(path: Path) -> BinaryIO:
    """Open a file, pipe, terminal or /dev/null for reading bytes.

    Raises OSError if the system refuses, InputError for other devices: /dev/zero never ends.
    """
    file = path.open("rb")
    mode = os.fstat(file.fileno()).st_mode
    endless = stat.S_ISBLK(mode) or (stat.S_ISCHR(mode) and not file.isatty())
    if endless and not path.samefile(os.devnull):
        file.close()
        raise InputError(f"{path} is a device; name a file, or /dev/stdin for a pipe")
    return file


def parse_json(text: str | bytes, where: str, kind: Any = dict, remedy: str = "") -> Any:
    """The value in a JSON text (UTF-8, with or without a byte order mark); raises as `read_json`.

    `where`: the start of the error message; empty if the caller adds the place itself.
    """
    try:
        text = _text(text)
        found = _DECODER.decode(text)
        # Only escaped or deep text can be unusable: skip the slow checks for most lines.
        if "\\u" in text:
            wrong = _unusable(found)
        else:
            many = text.count("[") + text.count("{") > DEEPEST
            wrong = TOO_DEEP if many and _deep(found) else None
        wrong = wrong or misfit(found, kind)
    except UnicodeDecodeError as error:
        wrong = f"not JSON (not UTF-8 at byte {error.start})"
    except RecursionError:
        wrong = f"not JSON ({TOO_DEEP})"
    except ValueError as error:
        wrong = f"not JSON ({error})"
    if wrong:
        raise InputError(sentence(where, wrong, remedy))
    return found


def lines(path: Path) -> Iterator[bytes]:
    """The lines of a JSON lines file, as bytes without line ends (LF or CRLF).

    Unicode line separators do not end a line: a transcript may contain one. Raises InputError if
    the file is missing or unreadable.
    """
    try:
        with opened(path) as file:
            for line in file:
                yield line.removesuffix(b"\n").removesuffix(b"\r")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {reason(error)}") from error


def usable(values: Any, where: str) -> None:
    """Raise InputError for plain values with NUL, lone surrogates, huge numbers or deep nesting."""
    if wrong := _unusable(values):
        raise InputError(sentence(where, wrong))


def sentence(where: str, wrong: str, remedy: str = "") -> str:
    """An error message `where: wrong; remedy`, without the parts that are empty."""
    return (f"{where}: " if where else "") + wrong + (f"; {remedy}" if remedy else "")


_TOO_LONG = f"a number of more than {_DIGITS} digits"
TOO_DEEP = f"lists and objects within each other more than {DEEPEST} deep"


def _text(text: str | bytes) -> str:
    return text.decode("utf-8-sig") if isinstance(text, bytes) else text.removeprefix("\ufeff")


def _whole(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise ValueError(_TOO_LONG)
    return int(digits)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"'{twice}' is given twice")
    return found


# Shared: constructing a decoder takes as long as reading a line.
_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_whole)


def _deep(value: Any) -> bool:
    """Whether lists and objects are within each other more than `DEEPEST` deep."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
    return bool(level)


def _unusable(value: Any) -> str | None:
    """What makes a parsed value unusable; None if nothing does."""
    left = [(value, 0)]
    while left:
        one, depth = left.pop()
        if isinstance(one, dict | list):
            if depth == DEEPEST:
                return TOO_DEEP
            left += [(inner, depth + 1) for inner in one]
            if isinstance(one, dict):
                left += [(inner, depth + 1) for inner in one.values()]
        elif isinstance(one, str):
            if _NO_TEXT.search(one):
                return f"{one!r:.60} contains NUL or a lone surrogate, which are not characters"
        elif isinstance(one, int) and abs(one) >= 10**_DIGITS:
            return _TOO_LONG
    return None
