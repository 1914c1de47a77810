"""What a run said to every utterance of a test set, as its predictions file holds it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plion.errors import InputError


@dataclass(frozen=True, slots=True)
class Predicted:
    """One utterance: its reference, the text said to it, and what is known of it.

    `language`: the one the model named. `duration` in seconds.
    """

    id: str
    reference: str
    text: str
    language: str | None = None
    duration: float | None = None
    speaker: str | None = None
    block: str | None = None
    sentence: str | None = None


_REQUIRED = ("id", "reference", "text")
_KNOWN = ("language", "duration", "speaker", "block", "sentence")


def read_predictions(path: Path) -> tuple[Predicted, ...]:
    """The rows of `predictions/KEY.jsonl` in the order of their ids.

    Raises InputError where the file is missing or a line is damaged.
    """
    try:
        # Not splitlines(): a transcript may hold a line separator of Unicode's.
        lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    except FileNotFoundError as error:
        raise InputError(f"{path} is missing; evaluate the run again") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is damaged: not UTF-8 at byte {error.start}") from error
    rows = []
    for number, line in enumerate(lines, 1):
        try:
            rows.append(_predicted(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise InputError(f"{path}:{number} is damaged ({error!r})") from error
    return tuple(sorted(rows, key=lambda row: row.id))


def _predicted(row: Any) -> Predicted:
    given = {name: row[name] for name in _REQUIRED} | {name: row.get(name) for name in _KNOWN}
    for name, value in given.items():
        number = name == "duration"
        if value is None and name in _KNOWN:
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float) if number else str):
            raise TypeError(f"'{name}' must be {'a number' if number else 'text'}, not {value!r}")
    return Predicted(**given)
