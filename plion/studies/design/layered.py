"""The settings that layers come to, looked up without building an experiment of each cell."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from plion.config.layers import Layer
from plion.config.schema import Experiment
from plion.settings.walk import Setting, nearest, settings_of

_ABSENT = object()


@cache
def known_settings() -> dict[str, Setting]:
    """Every setting of an experiment by its key."""
    return {one.key: one for one in settings_of(Experiment)}


def keys_of(layer: Layer) -> list[str]:
    """The settings that a layer sets; a key that there is not, as far as it goes."""
    return list(_keys(layer.values, ""))


def _keys(values: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for name, value in values.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping) and key not in known_settings():
            yield from _keys(value, f"{key}.")
        else:
            yield key


def value_of(layers: Sequence[Layer], key: str) -> Any:
    """What the last layer that sets a key gives it, else its default."""
    path = key.split(".")
    for layer in reversed(layers):
        if (value := _value_in(layer.values, path)) is not _ABSENT:
            return value
    return known_settings()[key].default


def _value_in(values: Any, path: Sequence[str]) -> Any:
    for part in path:
        if not isinstance(values, Mapping) or part not in values:
            return _ABSENT
        values = values[part]
    return values


def same_value(one: Any, other: Any) -> bool:
    """Whether two values are equal; `true` is not 1, while 3 is 3.0."""
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def near_key(key: str, others: Iterable[str] = ()) -> str:
    """The nearest setting, or other key, for a message; else where all settings are listed."""
    told = nearest(Experiment, key, [*others, *known_settings()])
    return told if told.startswith("(did you mean") else "(`plion settings` lists them)"
