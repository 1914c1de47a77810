"""JSON and JSON lines that anybody may have written: one reader for all (YAML: `yamls`).

Whatever a parser cannot take, and whatever it takes and Python cannot use afterwards (numbers
beyond a float, deep nesting, characters that no text has), is an InputError that says where.
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

DEEPEST = 100  # levels of lists and objects; Python's own limit depends on who asks
_DIGITS = 308  # of a whole number that a float can still be made of
# Without \\udc80 to \\udcff, which stand for the bytes of names that are not UTF-8.
_NO_TEXT = re.compile("[\x00\ud800-\udc7f\udd00-\udfff]")


def read_json(path: Path, kind: Any = dict, remedy: str = "") -> Any:
    """The value in a JSON file, of a type as `plion.system.kinds` has them.

    Raises InputError, with `remedy` at its end, where the file is missing or cannot be read, is not
    JSON, or is of another type.
    """
    try:
        with opened(path) as file:
            content = file.read()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {reason(error)}") from error
    return parse_json(content, f"{path} is damaged" if remedy else str(path), kind, remedy)


def read_text(path: Path) -> str:
    """The text of a file, without a byte order mark.

    Raises InputError where it is missing, cannot be read or is not UTF-8.
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
    """A file opened for reading, which may be a pipe, a terminal or /dev/null.

    Raises OSError where the system refuses, InputError for other devices: /dev/zero has no end.
    """
    file = path.open("rb")
    mode = os.fstat(file.fileno()).st_mode
    endless = stat.S_ISBLK(mode) or (stat.S_ISCHR(mode) and not file.isatty())
    if endless and not path.samefile(os.devnull):
        file.close()
        raise InputError(f"{path} is a device; name a file, or /dev/stdin for a pipe")
    return file


def parse_json(text: str | bytes, where: str, kind: Any = dict, remedy: str = "") -> Any:
    """The value in a JSON text of UTF-8, with or without a byte order mark; errors as `read_json`.

    `where` begins the sentence, unless the caller puts it there.
    """
    try:
        text = _text(text)
        found = _DECODER.decode(text)
        deep = text.count("[") + text.count("{") > DEEPEST
        # Nothing else can be unusable, and most lines of a long file are neither.
        wrong = (_unusable(found) if deep or "\\u" in text else None) or misfit(found, kind)
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
    """The lines of a file without their ends, as JSON lines have them.

    Raises InputError where it is missing or cannot be read. A line separator of Unicode's ends no
    line: a transcript may hold one.
    """
    try:
        with opened(path) as file:
            for line in file:
                yield line.removesuffix(b"\n").removesuffix(b"\r")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {reason(error)}") from error


def usable(values: Any, where: str) -> None:
    """Raises InputError for plain values, however they were read, that nothing can be made of."""
    if wrong := _unusable(values):
        raise InputError(sentence(where, wrong))


def sentence(where: str, wrong: str, remedy: str = "") -> str:
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
        raise ValueError(f"'{twice}' is there twice")
    return found


# One for all: to make one takes as long as to read a line.
_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_whole)


def _unusable(value: Any) -> str | None:
    """What of a value Python can hold and do nothing with."""
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
                return f"{one!r:.60} holds NUL or half of a surrogate pair, which are no characters"
        elif isinstance(one, int) and abs(one) >= 10**_DIGITS:
            return _TOO_LONG
    return None
