"""YAML that anybody may have written, read as OmegaConf does, for settings, suites and studies."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import yaml
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from plion.documents import DEEPEST, TOO_DEEP, read_text, sentence, usable
from plion.errors import InputError

# What YAML's parser and OmegaConf raise, and what their constructors of single values let through.
_OF_YAML = (yaml.YAMLError, OmegaConfBaseException, ArithmeticError, AttributeError, LookupError,
            OSError, TypeError, ValueError)  # fmt: skip


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
            if depth > DEEPEST:
                raise InputError(sentence(where, TOO_DEEP))
        yield
    except _OF_YAML as error:
        raise InputError(sentence(where, one_line(error))) from error


def one_line(error: Exception) -> str:
    """What a parser's exception says, without OmegaConf's notes on its own types."""
    text = " ".join(line.strip() for line in str(error).splitlines() if "full_key" not in line)
    return text.split(" reference_type=")[0] or type(error).__name__
