"""The settings reference: `plion settings` and experiments/settings.md."""

import inspect
import json
import textwrap
from typing import Any, Literal, get_args, get_origin

from plion.config.schema import Experiment
from plion.errors import InputError
from plion.settings.walk import Setting, groups_of, nearest, settings_of

_WIDTH = 100  # characters of a line for a terminal

_HEADER = ["setting", "default", "values", "unit", "meaning", "in the hash"]
_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
_MANY: dict[Any, str] = {int: "whole numbers", float: "numbers", str: "words", Any: "rows"}
_COUNTS = {"training": "yes", "always": "yes", "content": "content", "never": "no"}
_OPENING = """\
# Settings of an experiment

Printed by `plion settings --markdown`. In an experiment's YAML file the dots of a key are nested
groups; on the command line write `key=value`. The last column says whether a setting belongs to the
hash in a run folder's name; for `content`, the content of the file that it names counts.
"""


def settings_text(key: str = "") -> str:
    """All settings, or those of a key or group, as text for a terminal.

    Raises InputError, suggesting the nearest key, for an unknown one.
    """
    parts = []
    for name, settings in _grouped(key).items():
        if [one.key for one in settings] != [key]:
            parts.append(textwrap.fill(f"{name or 'experiment'}: {_meaning(name)}", _WIDTH))
        parts += [_entry(one) for one in settings]
    return "\n\n".join(parts)


def settings_markdown(key: str = "") -> str:
    """The same as Markdown: a table for each group."""
    parts = [_OPENING.rstrip()]
    for name, settings in _grouped(key).items():
        rows = [_HEADER, ["---"] * len(_HEADER), *map(_row, settings)]
        lines = [" | ".join(cell.replace("|", "\\|") for cell in row) for row in rows]
        parts.append(f"## {name or 'the run'}\n\n{_meaning(name)}")
        parts.append("\n".join(f"| {line} |" for line in lines))
    return "\n\n".join(parts)


def _grouped(key: str) -> dict[str, list[Setting]]:
    """The settings of a key, a group, or all, by the group that they stand in."""
    _check_key(key)
    found: dict[str, list[Setting]] = {}
    for one in settings_of(Experiment):
        if not key or one.key == key or one.key.startswith(f"{key}."):
            found.setdefault(one.key.rpartition(".")[0], []).append(one)
    return found


def _check_key(key: str) -> None:
    """Raises InputError for a key that is neither a setting nor a group."""
    known = [*groups_of(Experiment), *(one.key for one in settings_of(Experiment))]
    words = key.split(".")
    for count in range(1, len(words) + 1):
        full, above = ".".join(words[:count]), ".".join(words[: count - 1])
        if full not in known:
            beside = [one for one in known if one and one.rpartition(".")[0] == above]
            raise InputError(
                f"unknown setting '{full}' {nearest(Experiment, full, beside or [above])}"
            )


def _meaning(group: str) -> str:
    """The first paragraph of the docstring of a group's class, on one line."""
    text = inspect.getdoc(groups_of(Experiment)[group]) or ""
    return " ".join(text.partition("\n\n")[0].split())


def _entry(one: Setting) -> str:
    _, default, values, unit, meaning, counts = _row(one)
    unit = f" ({unit})" if unit else ""
    told = {"yes": "", "no": "; not in a run's hash", "content": "; by content in a run's hash"}
    lines = [f"{values}{unit}{told[counts]}", meaning]
    return "\n".join([f"{one.key} = {default}", *(_indented(line) for line in lines)])


def _row(one: Setting) -> list[str]:
    about = one.about
    where = "; counts where " + " and ".join(f"{key}={value}" for key, value in one.when)
    meaning = about.help + (where if one.when else "")
    counts = _COUNTS[about.identity]
    return [one.key, _default(one.default), _values(one), about.unit, meaning, counts]


def _values(one: Setting) -> str:
    """The values allowed for a setting, such as `a number, above 0`."""
    kinds = get_args(one.kind)
    optional = type(None) in kinds
    kind = kinds[0] if optional else one.kind
    bounds = f", {one.about.bounds}"
    if get_origin(kind) in (list, dict):
        many = ", ".join(one.choices) or _MANY[get_args(kind)[-1]]
        words = f"a list of {many}" if get_origin(kind) is list else f"`key: value`, {many}"
        bounds = f", each {one.about.bounds}"
    elif one.choices or get_origin(kind) is Literal:
        words = ", ".join(map(str, one.choices))
    else:
        words = _WORDS[kind]
    whole = words + (bounds if str(one.about.bounds) else "")
    return f"{whole}, or null" if optional else whole


def _default(value: Any) -> str:
    """A default as written in YAML."""
    if isinstance(value, str):
        return value or "''"
    return json.dumps(value)


def _indented(text: str) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent="    ", subsequent_indent="    ")
