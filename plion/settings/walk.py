"""List the settings of a schema (nested dataclasses) by dotted key, and check their values."""

import difflib
import math
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from functools import cache
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

from plion.errors import suggest
from plion.settings.setting import METADATA, About


@dataclass(frozen=True)
class Setting:
    """One setting of a schema: dotted key, type, default and metadata."""

    key: str
    kind: Any
    default: Any
    about: About
    when: tuple[tuple[str, str], ...] = ()  # applies only if these settings have these values

    @property
    def choices(self) -> tuple[Any, ...]:
        """The allowed values, for a list those of each item; empty if any value is allowed."""
        inner = get_args(self.kind)[0] if get_origin(self.kind) is list else self.kind
        return get_args(inner) if get_origin(inner) is Literal else self.about.choices

    def applies(self, settings: Any) -> bool:
        """Whether it has an effect with these settings: its policy is chosen, say."""
        return all(value_at(settings, key) == value for key, value in self.when)

    def wrong(self, value: Any) -> str | None:
        """What is wrong with a value of the right type; None if nothing is."""
        if isinstance(value, list):
            told = (self._wrong_one(f"each of {self.key}", one) for one in value)
        elif isinstance(value, Mapping):
            told = (self._wrong_one(f"{self.key}.{name}", one) for name, one in value.items())
        else:
            told = (self._wrong_one(self.key, one) for one in [value])
        return next(filter(None, told), None)

    def _wrong_one(self, name: str, value: Any) -> str | None:
        if isinstance(value, str) and self.choices and value not in self.choices:
            return f"{name} cannot be '{value}' {suggest(value, self.choices)}"
        if not isinstance(value, int | float) or isinstance(value, bool):
            return None
        if not math.isfinite(value):
            return f"{name} must be a finite number, not {value}"
        if not self.about.bounds.hold(value):
            return f"{name} must be {self.about.bounds}, not {value}"
        return None


def settings_of(schema: type, prefix: str = "") -> tuple[Setting, ...]:
    """Every setting of a schema, in the order of its fields; `prefix` precedes the keys."""
    return _settings_of(cast(Any, schema), prefix)  # mypy does not accept a class as hashable


@cache
def _settings_of(schema: Any, prefix: str) -> tuple[Setting, ...]:
    return tuple(_walk(schema, prefix, ()))


def _walk(schema: type, prefix: str, when: tuple[tuple[str, str], ...]) -> Iterator[Setting]:
    hints = get_type_hints(schema)
    for field in fields(schema):
        key, kind = f"{prefix}{field.name}", hints[field.name]
        about: About = field.metadata.get(METADATA, About())
        own = (*when, (f"{prefix}{about.when[0]}", about.when[1])) if about.when else when
        if is_dataclass(kind):
            assert isinstance(kind, type)
            yield from _walk(kind, f"{key}.", own)
        else:
            yield Setting(key, kind, _default(field), about, own)


def _default(field: "Field[Any]") -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def value_at(settings: Any, key: str) -> Any:
    """The value of a dotted key in a dataclass or nested mapping; None if there is no such key."""
    for part in key.split("."):
        if isinstance(settings, Mapping):
            settings = settings.get(part)
        else:
            settings = getattr(settings, part, None)
    return settings


def wrong_value(settings: Any, prefix: str = "") -> str | None:
    """What is wrong with the first value of a dataclass that is out of bounds; None if none is."""
    told = (
        one.wrong(value_at(settings, one.key.removeprefix(prefix)))
        for one in settings_of(type(settings), prefix)
    )
    return next(filter(None, told), None)


def nearest(schema: type, key: str, known: list[str]) -> str:
    """A suggestion for an unknown key, for a message.

    Names the same word in another group (`optim.lr` for `lr`), else the nearest of `known`.
    """
    word = key.rpartition(".")[2]
    namesakes = [one.key for one in settings_of(schema) if one.key.rpartition(".")[2] == word]
    if not namesakes:
        return suggest(key, known)
    near = difflib.get_close_matches(key, namesakes, n=1) or namesakes
    return suggest(near[0], near)


def groups_of(schema: type, prefix: str = "") -> dict[str, type]:
    """The groups of a schema by their keys with dots, each before those in it; '' is the schema."""
    found = {prefix.removesuffix("."): schema}
    for name, kind in get_type_hints(schema).items():
        if is_dataclass(kind):
            assert isinstance(kind, type)
            found |= groups_of(kind, f"{prefix}{name}.")
    return found
