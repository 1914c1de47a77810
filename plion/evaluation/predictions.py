"""What was said to every utterance of a test set, as a run's predictions files hold it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from plion.errors import InputError
from plion.runs import replacing


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model said to one utterance: enough to score it again years later.

    `hypothesis` is the model's raw text, `text` the same without the language tag (in another's
    raw text: without its special tokens), `language` the one it named; `duration` is in seconds.
    """

    id: str
    reference: str
    hypothesis: str
    text: str
    language: str | None = None
    duration: float | None = None
    speaker: str | None = None
    block: str | None = None
    sentence: str | None = None


_REQUIRED = ("id", "reference", "hypothesis", "text")
_KNOWN = ("language", "duration", "speaker", "block", "sentence")


def write_predictions(path: Path, rows: Sequence[Prediction]) -> None:
    """Writes predictions as JSON lines, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as draft, draft.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")


def read_predictions(path: Path) -> tuple[Prediction, ...]:
    """The rows of `predictions/KEY.jsonl`, in their order.

    Raises InputError where the file is missing or a line is damaged.
    """
    try:
        # Not splitlines(): a transcript may hold a line separator of Unicode's.
        lines = path.read_text(encoding="utf-8").rstrip("\r\n").split("\n")
    except FileNotFoundError as error:
        raise InputError(f"{path} is missing; evaluate the run again") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is damaged: not UTF-8 at byte {error.start}") from error
    rows = []
    for number, line in enumerate(lines, 1):
        try:
            rows.append(_prediction(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise InputError(f"{path}:{number} is damaged ({error!r})") from error
    return tuple(rows)


def _prediction(row: Any) -> Prediction:
    given = {name: row[name] for name in _REQUIRED} | {name: row.get(name) for name in _KNOWN}
    for name, value in given.items():
        number = name == "duration"
        if value is None and name in _KNOWN:
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float) if number else str):
            raise TypeError(f"'{name}' must be {'a number' if number else 'text'}, not {value!r}")
    return Prediction(**given)
