"""Read layers of settings: files of an `extends` chain, `key=value` overrides, axis values.

Does not know which keys exist; `plion.config.resolve` merges layers into a schema.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from plion.errors import InputError
from plion.system.documents import usable
from plion.system.yamls import escaped, one_line, read_pair, read_yaml, yaml_of

# Words that are not quoted, with ` #` among them.
_COMMENTED = re.compile(r"""\s*[^\s'"\[{].*\s#""")


@dataclass(frozen=True)
class Layer:
    """Settings as nested plain values, and their source (`where`) for messages."""

    where: str
    values: Mapping[str, Any]


def read_layers(path: Path, chain: tuple[Path, ...] = ()) -> list[Layer]:
    """The layers of a YAML file and of those it `extends` (relative to the file), ancestors first.

    A parent's `name` is not inherited. Raises InputError for a file that is missing (named with the
    one that extends it), not YAML or not a mapping, or that extends itself.
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
    if not (extended := path.parent / parent).is_file():
        raise InputError(f"{path}: extends {extended}: no such file")
    above = read_layers(extended, seen)
    above[-1] = Layer(above[-1].where, {k: v for k, v in above[-1].values.items() if k != "name"})
    return [*above, Layer(str(path), values)]


def override(text: str) -> Layer:
    """The layer of one `key=value` of a command line; raises InputError for another form."""
    where = f"override '{text}'"
    key, equals, value = text.partition("=")
    if not key.strip() or not equals:
        raise InputError(f"{where} is not of the form key=value")
    if _COMMENTED.match(value):  # in a file the rest would be a comment; here it is value
        text = f"{key}={json.dumps(value.strip(), ensure_ascii=False)}"
    with yaml_of(value, f"{where} cannot be read"):
        values = read_pair(text)
    usable(values, where)
    assert isinstance(values, dict)
    return Layer(where, {str(key): value for key, value in values.items()})


def dotted(where: str, values: Mapping[str, Any]) -> Layer:
    """The layer of a mapping with dotted keys, `{"sampler.name": "balanced"}`.

    Raises InputError for keys that are not text or contradict each other.
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


def _read_yaml(path: Path) -> dict[str, Any]:
    values = read_yaml(path)
    if not isinstance(values, dict):
        raise InputError(f"{path}: expected `key: value` lines")
    return {str(key): value for key, value in values.items()}
