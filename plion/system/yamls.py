"""Read and write the YAML of settings, suites and studies, with OmegaConf's types.

OmegaConf's interpolation is off: `${...}` and `???` are plain text. No setting refers to another,
and text that people wrote (a context, a path) stays as it is.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import yaml
from omegaconf import OmegaConf
from omegaconf.errors import KeyValidationError, OmegaConfBaseException

from plion.errors import InputError
from plion.system.documents import DEEPEST, TOO_DEEP, read_text, sentence, usable

# What the YAML parser and OmegaConf raise, their constructors of single values included.
_OF_YAML = (yaml.YAMLError, OmegaConfBaseException, ArithmeticError, AttributeError, LookupError,
            OSError, TypeError, ValueError)  # fmt: skip
_NULL = "tag:yaml.org,2002:null"
# Stand-ins for these while OmegaConf reads: Unicode noncharacters, which no text contains.
_VEILS = {"$": "\U0001ffff", "???": "\U0001fffe"}
# An interpolation or a missing value of OmegaConf, with the backslashes before it.
_REFERENCE = re.compile(r"(\\*)\$\{|^(\\*)(?=\?\?\?\Z)")


def read_yaml(path: Path) -> Any:
    """The plain values in a YAML file, read as OmegaConf does: 1e-3 is a number.

    Raises InputError if the file is missing, is not YAML, has more than one document, repeats a
    key, or holds anything but mappings, lists, text, numbers and booleans.
    """
    text, where = read_text(path), f"{path} cannot be read as YAML"
    with yaml_of(text, where):
        values = OmegaConf.to_container(OmegaConf.load(StringIO(_veiled(text))))
    values = _each(values, _shown)
    usable(values, where)
    return values


def read_pair(text: str) -> Any:
    """The nested plain values of one `a.b=value`; raises OmegaConf's exceptions."""
    return _each(OmegaConf.to_container(OmegaConf.from_dotlist([_veiled(text)])), _shown)


def write_yaml(values: Mapping[str, Any]) -> str:
    """Plain values as YAML that `read_yaml` reads back to the same."""
    return _shown(OmegaConf.to_yaml(OmegaConf.create(_each(values, _veiled))))


def merged(layers: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Nested plain values merged in order: later ones override earlier ones."""
    values = OmegaConf.to_container(OmegaConf.merge(*map(escaped, layers)), resolve=True)
    assert isinstance(values, dict)
    return {str(key): value for key, value in values.items()}


def escaped(values: Any) -> Any:
    """Plain values with `${` and `???` escaped, so that OmegaConf resolves them to themselves."""
    return _each(values, lambda text: _REFERENCE.sub(_escape, text), keys=False)


@contextmanager
def yaml_of(text: str, where: str) -> Iterator[None]:
    """Turn exceptions of parsing a YAML text into an InputError that begins with `where`.

    Checks the nesting first: a text nested too deeply would crash the parser.
    """
    try:
        depth = 0
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise InputError(sentence(where, TOO_DEEP))
        yield
    except KeyValidationError as error:
        raise InputError(sentence(where, _null_key(text) or one_line(error))) from error
    except _OF_YAML as error:
        raise InputError(sentence(where, one_line(error))) from error


def one_line(error: Exception) -> str:
    """A parser's exception in one line, without OmegaConf's notes on its own types."""
    text = " ".join(line.strip() for line in str(error).splitlines() if "full_key" not in line)
    return _shown(text).split(" reference_type=")[0] or type(error).__name__


def _null_key(text: str) -> str | None:
    """Where a YAML text has null for a key; None if nowhere."""
    waiting, seen = [yaml.compose(text, Loader=yaml.SafeLoader)], set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen or not isinstance(node, yaml.CollectionNode):
            continue
        seen.add(id(node))  # an alias can lead back to what it is in
        for one in node.value:
            if isinstance(one, tuple) and one[0].tag == _NULL:
                return f"line {one[0].start_mark.line + 1}: a key is null; in quotes it is text"
            waiting += one if isinstance(one, tuple) else [one]
    return None


def _escape(found: re.Match[str]) -> str:
    if found[1] is None:  # OmegaConf removes one backslash before `???`
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
    """Nested plain values with `change` applied to every text, and to keys if `keys`."""
    if isinstance(values, str):
        return change(values)
    if isinstance(values, Mapping):
        pairs = values.items()
        return {_each(k, change) if keys else k: _each(v, change, keys=keys) for k, v in pairs}
    if isinstance(values, list | tuple):
        return [_each(value, change, keys=keys) for value in values]
    return values
