"""Labels of values: as they are written in files and tables, and as parts of a run's name."""

import re
from collections.abc import Collection, Iterable
from typing import Any

from plion.errors import InputError, suggest


def label_of(value: Any) -> str:
    """A value as YAML would write it."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def known_label(where: str, axis: str, labels: Collection[str], value: Any) -> str:
    """The label that a value names; raises InputError if the axis does not have it."""
    label = label_of(value)
    if label not in labels:
        raise InputError(f"{where}: axis '{axis}' has no '{label}' {suggest(label, labels)}")
    return label


def name_part(label: str) -> str:
    """A label as part of a folder's name."""
    return re.sub(r"[^\w.-]+", "-", label).strip("-") or "empty"


def refuse_alike(where: str, labels: Iterable[str]) -> None:
    """Raises InputError if two labels become the same part of a run's name."""
    seen: dict[str, str] = {}
    for label in labels:
        part = name_part(label)
        if (other := seen.setdefault(part, label)) != label:
            raise InputError(
                f"{where}: labels '{other}' and '{label}' both become '{part}' in a run's name; "
                "write `label: value` with labels of letters, digits, '.' and '_'"
            )


def titled(labels: Iterable[tuple[str, str]]) -> str:
    """Labels with their axes, for a message: `sampler balanced, tag.train none`."""
    return ", ".join(f"{axis} {label}" for axis, label in labels)
