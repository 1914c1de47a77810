"""Reads rows of languages that a user writes in a YAML file, an experiment or a suite.

- key: jv               # as manifests and suites have it
  name: Javanese        # in English
  script: Latin         # of Unicode, or a list of scripts
  metric: wer
  second_metric: gcer   # this and what follows may be left out
  model_name: Javanese  # what the base model calls it
  normalisation: [join Han]
  numbers: english
  whisper: basic
  color: "#AA4499"
  capped: true
  refuses: [mer]
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict

from plion.errors import InputError, suggest
from plion.system.kinds import misfit
from plion.system.yamls import read_yaml
from plion.text.languages import Language
from plion.text.metrics import Metric
from plion.text.numbers.digits import READERS
from plion.text.profiles import NORMALISATION
from plion.text.scripts import is_script

_FIELDS = {field.name: field.default for field in fields(Language)}
_SUITE = ("languages", "benchmarks")
_LISTS = ("script", "normalisation", "refuses")


class _Row(TypedDict):
    """A language in a file."""

    key: str
    name: str
    script: str | list[str]
    metric: Metric
    second_metric: NotRequired[Metric | None]
    model_name: NotRequired[str | None]
    normalisation: NotRequired[str | list[str]]
    numbers: NotRequired[str | None]
    whisper: NotRequired[Literal["english", "basic", "refused"] | None]
    color: NotRequired[str | None]
    capped: NotRequired[bool]
    refuses: NotRequired[str | list[Metric]]


def read_languages(path: Path) -> list[Language]:
    """The rows of a YAML file; raises InputError naming the file, the row and the mistake."""
    return language_rows(read_yaml(path), str(path))


def named_languages(given: Any, where: str, folder: Path = Path()) -> list[Language]:
    """The rows given by a key `languages`: inline, or in the file that it names.

    A file's path is relative to `folder`, by default the current directory.
    """
    if isinstance(given, str):
        return read_languages(folder / given)
    return language_rows(given, f"{where}, languages") if given else []


def suite_rows(path: Path) -> tuple[Any, list[Language]]:
    """The benchmarks of a suite's file as plain values, and the rows of its `languages`.

    The path in `languages` is relative to the suite's folder.
    """
    content = read_yaml(path)
    if not isinstance(content, Mapping) or "benchmarks" not in content:
        return content, []
    for name in content:
        if name not in _SUITE:
            raise InputError(f"suite {path}: unknown key '{name}' {suggest(str(name), _SUITE)}")
    brought = named_languages(content.get("languages"), f"suite {path}", path.parent)
    return content["benchmarks"], brought


def language_rows(rows: Any, where: str) -> list[Language]:
    """Languages from plain values; raises InputError naming `where` and the invalid row."""
    if not isinstance(rows, list):
        raise InputError(f"{where}: expected a list of languages (key, name, script, metric)")
    made = [_language(row, f"{where}, row {number}") for number, row in enumerate(rows, 1)]
    keys = [row.key for row in made]
    for key in keys:
        if keys.count(key) > 1:
            raise InputError(f"{where}: language '{key}' is listed twice")
    return made


def as_rows(languages: Iterable[Language]) -> list[dict[str, Any]]:
    """Languages as plain values for `language_rows`, without default values."""
    return [
        {
            name: list(value) if name in _LISTS else value
            for name, value in vars(row).items()
            if value != _FIELDS[name]
        }
        for row in languages
    ]


def _language(row: Any, where: str) -> Language:
    if not isinstance(row, Mapping):
        raise InputError(f"{where}: expected the keys key, name, script and metric")
    for name in row:
        if name not in _FIELDS:
            raise InputError(f"{where}: unknown key '{name}' {suggest(str(name), _FIELDS)}")
    for name in (name for name, default in _FIELDS.items() if default is MISSING):
        if not row.get(name):
            raise InputError(f"{where}: '{name}' is missing")
    wrong = misfit(dict(row), _Row) or _wrong(values := _values(row))
    if wrong:
        raise InputError(f"{where}: {wrong}")
    return Language(**values)


def _values(row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a Language; a single word becomes a list of one."""
    return {
        name: tuple([value] if isinstance(value, str) else value) if name in _LISTS else value
        for name, value in row.items()
    }


def _wrong(values: Mapping[str, Any]) -> str | None:
    """The first mistake in fields of the right type, in words; None if there is none."""
    if not re.fullmatch(r"\w[\w-]*", values["key"]):
        return f"key '{values['key']}' must be of letters, digits, '_' and '-'"
    for name in ("name", "model_name"):
        if (value := values.get(name)) and re.search(r"[<>\n]|^none$", value, re.IGNORECASE):
            return f"{name} {value!r} cannot stand in a language tag"
    for script in values["script"]:
        if not is_script(script):
            return f"script '{script}' is none of Unicode's (such as Latin, Thai, Devanagari)"
    for name, known in (("normalisation", NORMALISATION), ("numbers", READERS)):
        given = values.get(name) or ()
        for one in [given] if isinstance(given, str) else given:
            if one not in known:
                return f"unknown {name} '{one}' {suggest(one, known)}"
    if (color := values.get("color")) and not re.fullmatch(r"#[0-9A-Fa-f]{6}", color):
        return f"color '{color}' must be of the form #RRGGBB"
    if values["metric"] in values.get("refuses", ()):
        return f"metric '{values['metric']}' is among those that it refuses"
    return None
