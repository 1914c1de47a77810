"""Merge layers of settings into a schema; errors name the source, the key and a remedy.

A schema is a dataclass of settings: the experiment, the ablation file or the sweep file.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from plion.config.layers import Layer
from plion.errors import InputError, suggest
from plion.settings.walk import Setting, nearest, settings_of, value_at, wrong_value
from plion.system.yamls import escaped, one_line

S = TypeVar("S")
_CONTAINERS: dict[Any, str] = {list: "a list", dict: "`key: value` pairs"}


def resolve(
    schema: type[S], layers: Sequence[Layer], check: Callable[[S], str | None] | None = None
) -> S:
    """The schema's defaults overridden by the layers in order.

    Checks values against the bounds of their settings. `check` returns what else is wrong, or None;
    it is called after every layer, so that the error names the layer. Raises InputError for the
    first mistake.
    """
    config = OmegaConf.structured(schema)
    resolved = schema()
    for layer in layers:
        _check_keys(schema, schema, layer.values, layer.where)
        for one in settings_of(schema):
            _check_container(one, value_at(layer.values, one.key), layer.where)
        try:
            config = OmegaConf.merge(config, OmegaConf.create(escaped(layer.values)))
            resolved = OmegaConf.to_object(config)  # type: ignore[assignment]
        # OmegaConf's own, text for a float, and a list for a mapping or the reverse.
        except (OmegaConfBaseException, ArithmeticError, TypeError, ValueError) as error:
            raise InputError(f"{layer.where}: {_bad_value(schema, layer.values, error)}") from error
        wrong = wrong_value(resolved) or (check(resolved) if check else None)
        if wrong:
            raise InputError(f"{layer.where}: {wrong}")
    return resolved


def _check_keys(
    schema: type, group: type, values: Mapping[str, Any], where: str, *, prefix: str = ""
) -> None:
    hints = get_type_hints(group)
    known = [field.name for field in fields(group)]
    for key, value in values.items():
        full = f"{prefix}{key}"
        if key not in known:
            siblings = [f"{prefix}{name}" for name in known]
            raise InputError(f"{where}: unknown key '{full}' {nearest(schema, full, siblings)}")
        inner = hints[key]
        if not is_dataclass(inner):
            continue
        assert isinstance(inner, type)
        if not isinstance(value, Mapping):
            keys = ", ".join(f"{full}.{field.name}" for field in fields(inner))
            raise InputError(f"{where}: '{full}' is a group of keys (known: {keys})")
        _check_keys(schema, inner, value, where, prefix=f"{full}.")


def _check_container(one: Setting, given: Any, where: str) -> None:
    """Refuse values that OmegaConf would turn into text, as it does with items of such lists."""
    key, kind, container = one.key, one.kind, get_origin(one.kind)
    if isinstance(given, bool | float) and kind in (str, str | None):
        # Whatever it was written as (`on`, `1e3`) is lost.
        raise InputError(f"{where}: {_not_text(key, given)}")
    if given is None or container not in _CONTAINERS:
        return
    if not isinstance(given, container):
        raise InputError(f"{where}: {key} must be {_CONTAINERS[container]}, not {given!r}")
    inner = get_args(kind)[0]
    for item in given.values() if isinstance(given, Mapping) else given:
        if isinstance(item, list | dict) and get_args(kind)[-1] not in (Any, str):
            raise InputError(f"{where}: {key} must be of single values, not {item!r:.60}")
    for item in given:
        if inner is str and not isinstance(item, str):
            raise InputError(f"{where}: {key} must be of words, and {item!r} is none")
        if get_origin(inner) is Literal and item not in get_args(inner):
            known = suggest(str(item), get_args(inner))
            raise InputError(f"{where}: {key} cannot have '{item}' {known}")


def _bad_value(schema: type, values: Mapping[str, Any], error: Exception) -> str:
    key = str(getattr(error, "full_key", None) or "")
    kinds = {one.key: one.kind for one in settings_of(schema)}
    kind, value = kinds.get(key), value_at(values, key)
    if get_origin(kind) is Literal:
        return f"{key} cannot be '{value}' {suggest(str(value), map(str, get_args(kind)))}"
    if kind is str:
        return _not_text(key, value)
    wanted = {int: "a whole number", float: "a number", bool: "true or false"}
    if kind in wanted:
        return f"{key} must be {wanted[kind]}, not {value!r}"
    if (container := get_origin(kind)) in _CONTAINERS and value is None:
        return f"{key} must be {_CONTAINERS[container]}, not null"
    name = key.partition("[")[0]  # of an item, `seeds[0]`
    if name != key and (inner := get_args(kinds.get(name))[:1]) and inner[0] in wanted:
        return f"each of {name} must be {wanted[inner[0]]}, not as in {value_at(values, name)!r}"
    return ": ".join(filter(None, (key, one_line(error))))


def _not_text(key: str, value: Any) -> str:
    return f"{key} must be text, not {value!r}; in quotes anything is text, and '' is none"
