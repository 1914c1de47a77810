"""JSON, JSON lines and YAML that anybody may have written: one reader for all of them.

Whatever a parser cannot take, and whatever it takes and Python cannot use afterwards (numbers
beyond a float, deep nesting, characters that no text has), is an InputError that says where.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import yaml
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from plion.errors import InputError, reason
from plion.kinds import misfit

_DEEPEST = 100  # levels of lists and objects; Python's own limit depends on who asks
_DIGITS = 308  # of a whole number that a float can still be made of
# What YAML's parser and OmegaConf raise, and what their constructors of single values let through.
_OF_YAML = (yaml.YAMLError, OmegaConfBaseException, ArithmeticError, AttributeError, LookupError,
            OSError, TypeError, ValueError)  # fmt: skip
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")


def read_json(path: Path, kind: Any = dict, remedy: str = "") -> Any:
    """The value in a JSON file, of a type as `plion.kinds` has them.

    Raises InputError, with `remedy` at its end, where the file is missing or cannot be read, is not
    JSON, or is of another type.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {reason(error)}") from error
    return parse_json(content, f"{path} is damaged" if remedy else str(path), kind, remedy)


def read_text(path: Path) -> str:
    """The text of a file, without a byte order mark.

    Raises InputError where it is missing, cannot be read or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} cannot be read: not UTF-8 at byte {error.start}") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {reason(error)}") from error


def parse_json(text: str | bytes, where: str, kind: Any = dict, remedy: str = "") -> Any:
    """The value in a JSON text of UTF-8, with or without a byte order mark; errors as `read_json`.

    `where` begins the sentence, unless the caller puts it there.
    """
    try:
        text = _text(text)
        found = json.loads(text, object_pairs_hook=_object, parse_int=_whole)
        deep = text.count("[") + text.count("{") > _DEEPEST
        # Nothing else can be unusable, and most lines of a long file are neither.
        wrong = (_unusable(found) if deep or "\\u" in text else None) or misfit(found, kind)
    except UnicodeDecodeError as error:
        wrong = f"not JSON (not UTF-8 at byte {error.start})"
    except RecursionError:
        wrong = f"not JSON ({_TOO_DEEP})"
    except ValueError as error:
        wrong = f"not JSON ({error})"
    if wrong:
        raise InputError(_sentence(where, wrong, remedy))
    return found


def lines(path: Path) -> Iterator[bytes]:
    """The lines of a file without their ends, as JSON lines have them.

    Raises InputError where it is missing or cannot be read. A line separator of Unicode's ends no
    line: a transcript may hold one.
    """
    try:
        with path.open("rb") as file:
            for line in file:
                yield line.removesuffix(b"\n").removesuffix(b"\r")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {reason(error)}") from error


def read_yaml(path: Path) -> Any:
    """The plain values in a YAML file, read as OmegaConf does: 1e-3 is a number.

    Raises InputError where the file is missing, is not YAML or of one document, has a key twice, or
    holds other than mappings, lists, words, numbers and truth values.
    """
    text, where = read_text(path), f"{path} cannot be read as YAML"
    with yaml_of(text, where):
        values = OmegaConf.to_container(OmegaConf.load(StringIO(text)))
    usable(values, where)
    return values


@contextmanager
def yaml_of(text: str, where: str) -> Iterator[None]:
    """Turn what the parsing of a YAML text raises into an InputError that begins with `where`.

    Raises it at once for one that is nested so deeply that the parser would end the process.
    """
    try:
        depth = 0
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:
                raise InputError(_sentence(where, _TOO_DEEP))
        yield
    except _OF_YAML as error:
        raise InputError(_sentence(where, one_line(error))) from error


def usable(values: Any, where: str) -> None:
    """Raises InputError for plain values, however they were read, that nothing can be made of."""
    if wrong := _unusable(values):
        raise InputError(_sentence(where, wrong))


def one_line(error: Exception) -> str:
    """What a parser's exception says, without OmegaConf's notes on its own types."""
    text = " ".join(line.strip() for line in str(error).splitlines() if "full_key" not in line)
    return text.split(" reference_type=")[0] or type(error).__name__


def _sentence(where: str, wrong: str, remedy: str = "") -> str:
    return (f"{where}: " if where else "") + wrong + (f"; {remedy}" if remedy else "")


_TOO_LONG = f"a number of more than {_DIGITS} digits"
_TOO_DEEP = f"lists and objects within each other more than {_DEEPEST} deep"


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


def _unusable(value: Any) -> str | None:
    """What of a value Python can hold and do nothing with."""
    left = [(value, 0)]
    while left:
        one, depth = left.pop()
        if isinstance(one, dict | list):
            if depth == _DEEPEST:
                return _TOO_DEEP
            left += [(inner, depth + 1) for inner in one]
            if isinstance(one, dict):
                left += [(inner, depth + 1) for inner in one.values()]
        elif isinstance(one, str):
            if _NO_TEXT.search(one):
                return f"{one!r:.60} holds NUL or half of a surrogate pair, which are no characters"
        elif isinstance(one, int) and abs(one) >= 10**_DIGITS:
            return _TOO_LONG
    return None
