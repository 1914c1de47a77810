"""Check values read from files against Python types, and describe what does not fit.

A type is `str`, `int`, `float` (finite; accepts integers), `bool`, `dict`, `list`, `Any`,
`X | None`, `list[X]`, `dict[str, X]`, a Literal, a TypedDict or a dataclass. An object must have
the fields of a TypedDict or dataclass that have no default; further keys are ignored.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints, is_typeddict

T = TypeVar("T")

_WORDS = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "an object",
    NoneType: "null",
}
_PLAIN = frozenset[type]({str, bool, NoneType})
_LARGEST = 2**63  # integers must fit in the 64 bits of arrays and databases


def misfit(value: Any, kind: Any, name: str = "") -> str | None:
    """What is wrong with a value that should be of type `kind`; None if it fits.

    `name`: the value's place in its file, with dots (`base_model.id`).
    """
    if kind is Any:
        return None
    options, origin, inner, has_fields = _parts(kind)
    if len(options) > 1:
        wrong = [misfit(value, one, name) for one in options]
        return None if None in wrong else wrong[0]
    if origin is Literal:
        return None if value in inner else _not(name, " or ".join(map(repr, inner)), value)
    if has_fields:
        return misfit(value, dict, name) or next(_members(value, kind, name), None)
    if not _is(value, origin):
        return _not(name, _WORDS[origin], value)
    if not inner:
        return None
    items: Iterable[tuple[Any, Any]] = value.items() if origin is dict else enumerate(value)
    return next(filter(None, (misfit(one, inner[-1], _at(name, key)) for key, one in items)), None)


def made(cls: type[T], value: Mapping[str, Any]) -> T:
    """A dataclass of the fields in an object that fits it, and of dataclasses within."""
    kind: Any = cls
    own = {name: value[name] for name, *_ in _fields(kind) if name in value}
    within = {name: _made(own[name], hint) for name, hint in _nested(kind) if name in own}
    return cls(**own | within)


def _made(value: Any, kind: Any) -> Any:
    """A value that fits a type, with a dataclass for every object that the type has one for."""
    options, origin, inner, _ = _parts(kind)
    if len(options) > 1:
        fitting = next((one for one in options if misfit(value, one) is None), Any)
        return _made(value, fitting)
    if is_dataclass(kind) and isinstance(kind, type):
        return made(kind, value)
    if inner and origin is dict:
        return {key: _made(one, inner[-1]) for key, one in value.items()}
    return [_made(one, inner[-1]) for one in value] if inner and origin is list else value


@cache
def _nested(kind: Any) -> list[tuple[str, Any]]:
    """The fields of a dataclass that hold others, and their types."""
    return [(name, hint) for name, hint, *_ in _fields(kind) if _holds(hint)]


def _holds(kind: Any) -> bool:
    """Whether values of a type are dataclasses, or hold some."""
    return is_dataclass(kind) or any(map(_holds, get_args(kind)))


def _members(value: Mapping[str, Any], kind: Any, name: str) -> Iterator[str]:
    """What is wrong with each field of an object, in the order of the type's fields."""
    for key, hint, plain, required in _fields(kind):
        one = value.get(key, MISSING)
        if one is MISSING:
            if required:
                yield f"'{_at(name, key)}' is missing"
        elif type(one) not in plain and (wrong := misfit(one, hint, _at(name, key))):
            yield wrong


@cache
def _fields(kind: Any) -> list[tuple[str, Any, frozenset[type], bool]]:
    """Of each field: name, type, classes of which every value fits, whether it is required."""
    if is_typeddict(kind):
        needed = kind.__required_keys__
    else:
        absent = (MISSING, MISSING)
        needed = {f.name for f in fields(kind) if (f.default, f.default_factory) == absent}
    return [
        (name, hint, _PLAIN.intersection(alternatives(hint)), name in needed)
        for name, hint in get_type_hints(kind).items()
    ]


@cache
def _parts(kind: Any) -> tuple[tuple[Any, ...], Any, tuple[Any, ...], bool]:
    """A type's alternatives, its origin and arguments, and whether it has fields of its own."""
    has_fields = is_typeddict(kind) or is_dataclass(kind)
    return alternatives(kind), get_origin(kind) or kind, get_args(kind), has_fields


def alternatives(kind: Any) -> tuple[Any, ...]:
    """The types of a union (`X | None`); any other type alone."""
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)


def _is(value: Any, kind: Any) -> bool:
    """Whether a value is of a plain type; bool is no number, and int is a float too."""
    if kind is float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and math.isfinite(value)
    if kind is int:
        return type(value) is int and -_LARGEST <= value < _LARGEST
    return isinstance(value, kind)


def _at(name: str, key: Any) -> str:
    return f"{name}.{key}" if name else str(key)


def _not(name: str, wanted: str, value: Any) -> str:
    if not name:
        return f"not {'a JSON object' if wanted == _WORDS[dict] else wanted}"
    return f"'{name}' must be {wanted}, not {_shown(value)}"


def _shown(value: Any) -> str:
    """A value shortened for a message: it may be a long list or text."""
    if isinstance(value, dict | list):
        return f"{_WORDS[type(value)]} of {len(value)}"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."
