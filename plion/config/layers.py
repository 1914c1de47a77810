"""Layers of settings merged into a dataclass, strictly: a mistake names its source, key and cure.

A layer is a file of an `extends` chain, a `key=value` override, or the value of an ablation's axis.
Nothing here knows which keys exist: that is the schema's business (`plion.config.schema`, the
ablation and the sweep file).
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from plion.errors import InputError, suggest
from plion.system.documents import usable
from plion.system.yamls import escaped, one_line, read_pair, read_yaml, yaml_of

S = TypeVar("S")

# Words that are not quoted, with ` #` among them.
_COMMENTED = re.compile(r"""\s*[^\s'"\[{].*\s#""")


@dataclass(frozen=True)
class Layer:
    """Settings as nested plain values, and where they come from in words."""

    where: str
    values: Mapping[str, Any]


def read_layers(path: Path, chain: tuple[Path, ...] = ()) -> list[Layer]:
    """A YAML file below those it `extends` (relative to the file), the furthest first.

    A parent's `name` stays its own. Raises InputError for a file that is missing, not YAML, not a
    mapping, or that extends itself.
    """
    seen = (*chain, path.resolve())
    if path.resolve() in chain:
        raise InputError(f"extends goes in a circle: {' -> '.join(p.name for p in seen)}")
    values = _read_yaml(path)
    parent = values.pop("extends", None)
    if parent is None:
        return [Layer(str(path), values)]
    if not isinstance(parent, str):
        raise InputError(f"{path}: extends must be the path of one YAML file, not {parent!r}")
    above = read_layers(path.parent / parent, seen)
    above[-1] = Layer(above[-1].where, {k: v for k, v in above[-1].values.items() if k != "name"})
    return [*above, Layer(str(path), values)]


def override(text: str) -> Layer:
    """One `key=value` of a command line; InputError when it has another form."""
    where = f"override '{text}'"
    key, equals, value = text.partition("=")
    if not key.strip() or not equals:
        raise InputError(f"{where} is not of the form key=value")
    if _COMMENTED.match(value):  # in a file the rest would be a comment; here it is of the value
        text = f"{key}={json.dumps(value.strip(), ensure_ascii=False)}"
    with yaml_of(value, f"{where} cannot be read"):
        values = read_pair(text)
    usable(values, where)
    assert isinstance(values, dict)
    return Layer(where, {str(key): value for key, value in values.items()})


def dotted(where: str, values: Mapping[str, Any]) -> Layer:
    """A layer of keys written with dots, `{"sampler.name": "balanced"}`.

    Raises InputError for keys that are no words or do not fit each other.
    """
    config = OmegaConf.create({})
    for key, value in values.items():
        try:
            OmegaConf.update(config, key, escaped(value), force_add=True)
        except (OmegaConfBaseException, ArithmeticError, TypeError, ValueError) as error:
            raise InputError(f"{where}: '{key}' cannot be set: {one_line(error)}") from error
    nested = OmegaConf.to_container(config, resolve=True)
    assert isinstance(nested, dict)
    return Layer(where, {str(key): value for key, value in nested.items()})


def resolve(
    schema: type[S], layers: Sequence[Layer], check: Callable[[S], str | None] | None = None
) -> S:
    """The schema's defaults with the layers laid over them in order.

    `check` returns what is wrong with a value in words; as it is asked after every layer, the
    layer that brought the value is named. Raises InputError for the first mistake.
    """
    config = OmegaConf.structured(schema)
    resolved = schema()
    for layer in layers:
        _check_keys(schema, schema, layer.values, layer.where)
        _check_containers(schema, layer)
        try:
            config = OmegaConf.merge(config, OmegaConf.create(escaped(layer.values)))
            resolved = OmegaConf.to_object(config)  # type: ignore[assignment]
        # OmegaConf's own, what is no float, and a list laid over a mapping or the reverse.
        except (OmegaConfBaseException, ArithmeticError, TypeError, ValueError) as error:
            raise InputError(f"{layer.where}: {_bad_value(schema, layer.values, error)}") from error
        wrong = _not_finite(resolved) or (check(resolved) if check else None)
        if wrong:
            raise InputError(f"{layer.where}: {wrong}")
    return resolved


def leaves(schema: type, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every key of a schema with dots, and its type: `("sampler.temperature.T", float)`."""
    hints = get_type_hints(schema)
    for field in fields(schema):
        if is_dataclass(hints[field.name]):
            yield from leaves(hints[field.name], f"{prefix}{field.name}.")
        else:
            yield f"{prefix}{field.name}", hints[field.name]


def value_at(settings: Any, key: str) -> Any:
    """The value of a dotted key in a resolved dataclass or a nested mapping; None outside it."""
    for part in key.split("."):
        if isinstance(settings, Mapping):
            settings = settings.get(part)
        else:
            settings = getattr(settings, part, None)
    return settings


def _read_yaml(path: Path) -> dict[str, Any]:
    values = read_yaml(path)
    if not isinstance(values, dict):
        raise InputError(f"{path}: expected `key: value` lines")
    return {str(key): value for key, value in values.items()}


def _check_keys(
    schema: type, group: type, values: Mapping[str, Any], where: str, prefix: str = ""
) -> None:
    hints = get_type_hints(group)
    for key, value in values.items():
        full = f"{prefix}{key}"
        if key not in hints:
            siblings = [f"{prefix}{field.name}" for field in fields(group)]
            raise InputError(f"{where}: unknown key '{full}' {_nearest(schema, full, siblings)}")
        if not is_dataclass(hints[key]):
            continue
        inner = hints[key]
        assert isinstance(inner, type)
        if not isinstance(value, Mapping):
            keys = ", ".join(f"{full}.{field.name}" for field in fields(inner))
            raise InputError(f"{where}: '{full}' is a group of keys (known: {keys})")
        _check_keys(schema, inner, value, where, f"{full}.")


def _check_containers(schema: type, layer: Layer) -> None:
    """Refuses what OmegaConf would take for words: it makes one of anything in a list of them."""
    for key, kind in leaves(schema):
        given, container = value_at(layer.values, key), get_origin(kind)
        if isinstance(given, bool | float) and kind in (str, str | None):
            # Whatever it was written as (`on`, `1e3`) is lost.
            raise InputError(f"{layer.where}: {_not_text(key, given)}")
        if given is None or container not in (list, dict):
            continue
        if not isinstance(given, container):
            wanted = "a list" if container is list else "`key: value` pairs"
            raise InputError(f"{layer.where}: {key} must be {wanted}, not {given!r}")
        inner = get_args(kind)[0]
        for item in given.values() if isinstance(given, Mapping) else given:
            if isinstance(item, list | dict) and get_args(kind)[-1] not in (Any, str):
                raise InputError(f"{layer.where}: {key} must be of single values, not {item!r:.60}")
        for item in given:
            if inner is str and not isinstance(item, str):
                raise InputError(f"{layer.where}: {key} must be of words, and {item!r} is none")
            if get_origin(inner) is Literal and item not in get_args(inner):
                known = suggest(str(item), get_args(inner))
                raise InputError(f"{layer.where}: {key} cannot have '{item}' {known}")


def _nearest(schema: type, key: str, siblings: list[str]) -> str:
    """The same word in another group (`lr` for `optim.lr`), else the nearest of its own group."""
    word = key.rpartition(".")[2]
    namesakes = [full for full, _ in leaves(schema) if full.rpartition(".")[2] == word]
    return suggest(namesakes[0], namesakes) if namesakes else suggest(key, siblings)


def _bad_value(schema: type, values: Mapping[str, Any], error: Exception) -> str:
    key = str(getattr(error, "full_key", None) or "")
    kind = dict(leaves(schema)).get(key)
    value = value_at(values, key)
    if get_origin(kind) is Literal:
        return f"{key} cannot be '{value}' {suggest(str(value), map(str, get_args(kind)))}"
    if kind is str:
        return _not_text(key, value)
    wanted = {int: "a whole number", float: "a number", bool: "true or false"}
    if kind in wanted:
        return f"{key} must be {wanted[kind]}, not {value!r}"
    return ": ".join(filter(None, (key, one_line(error))))


def _not_text(key: str, value: Any) -> str:
    return f"{key} must be text, not {value!r}; in quotes anything is text, and '' is none"


def _not_finite(settings: Any) -> str | None:
    for key, _ in leaves(type(settings)):
        value = value_at(settings, key)
        if isinstance(value, float) and not math.isfinite(value):
            return f"{key} must be a finite number, not {value}"
    return None
