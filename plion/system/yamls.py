"""YAML that anybody may have written, read as OmegaConf does, for settings, suites and studies.

But for its references: `${...}` is characters here, and so is `???`. No setting refers to another,
and text that people wrote (a context, a path) stays what it is.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import yaml
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from plion.errors import InputError
from plion.system.documents import DEEPEST, TOO_DEEP, read_text, sentence, usable

# What YAML's parser and OmegaConf raise, and what their constructors of single values let through.
_OF_YAML = (yaml.YAMLError, OmegaConfBaseException, ArithmeticError, AttributeError, LookupError,
            OSError, TypeError, ValueError)  # fmt: skip
# What stands for these while OmegaConf reads. Unicode keeps both from being characters of any text.
_VEILS = {"$": "\U0001ffff", "???": "\U0001fffe"}
# What would be a reference, or a value that is missing, with the backslashes before it.
_REFERENCE = re.compile(r"(\\*)\$\{|^(\\*)(?=\?\?\?\Z)")


def read_yaml(path: Path) -> Any:
    """The plain values in a YAML file, read as OmegaConf does: 1e-3 is a number.

    Raises InputError where the file is missing, is not YAML or of one document, has a key twice, or
    holds other than mappings, lists, words, numbers and truth values.
    """
    text, where = read_text(path), f"{path} cannot be read as YAML"
    with yaml_of(text, where):
        values = OmegaConf.to_container(OmegaConf.load(StringIO(_veiled(text))))
    values = _each(values, _shown)
    usable(values, where)
    return values


def read_pair(text: str) -> Any:
    """The nested plain values of one `key=value`, whose key may have dots; raises as OmegaConf."""
    return _each(OmegaConf.to_container(OmegaConf.from_dotlist([_veiled(text)])), _shown)


def write_yaml(values: Mapping[str, Any]) -> str:
    """Plain values as YAML that `read_yaml` reads back to the same."""
    return _shown(OmegaConf.to_yaml(OmegaConf.create(_each(values, _veiled))))


def merged(layers: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Nested plain values laid over each other in order."""
    values = OmegaConf.to_container(OmegaConf.merge(*map(escaped, layers)), resolve=True)
    assert isinstance(values, dict)
    return {str(key): value for key, value in values.items()}


def escaped(values: Any) -> Any:
    """Plain values of which OmegaConf makes, where it resolves them, what they are."""
    return _each(values, lambda text: _REFERENCE.sub(_escape, text), keys=False)


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
            if depth > DEEPEST:
                raise InputError(sentence(where, TOO_DEEP))
        yield
    except _OF_YAML as error:
        raise InputError(sentence(where, one_line(error))) from error


def one_line(error: Exception) -> str:
    """What a parser's exception says, without OmegaConf's notes on its own types."""
    text = " ".join(line.strip() for line in str(error).splitlines() if "full_key" not in line)
    return _shown(text).split(" reference_type=")[0] or type(error).__name__


def _escape(found: re.Match[str]) -> str:
    if found[1] is None:  # before `???` one backslash is taken off
        return f"{found[2]}\\"
    return f"{found[1]}{found[1]}\\${{"


def _veiled(text: str) -> str:
    for shown, veil in _VEILS.items():
        text = text.replace(shown, veil)
    return text


def _shown(text: str) -> str:
    for shown, veil in _VEILS.items():
        text = text.replace(veil, shown)
    return text


def _each(values: Any, change: Callable[[str], str], *, keys: bool = True) -> Any:
    """Nested plain values with every text changed, that of keys only where they are to be."""
    if isinstance(values, str):
        return change(values)
    if isinstance(values, Mapping):
        pairs = values.items()
        return {_each(k, change) if keys else k: _each(v, change, keys=keys) for k, v in pairs}
    if isinstance(values, list | tuple):
        return [_each(value, change, keys=keys) for value in values]
    return values
