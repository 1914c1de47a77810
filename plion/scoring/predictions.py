"""Predictions files: what a model transcribed for every utterance of a test set."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from plion.errors import InputError
from plion.system.documents import lines, parse_json
from plion.system.files import replacing
from plion.system.kinds import made


@dataclass(frozen=True, slots=True)
class Prediction:
    """A model's transcript of one utterance, with what is needed to score it on another machine.

    `hypothesis`: the model's raw output; `text`: the same without the language tag (for other
    models, without special tokens); `language`: named by the model, or None; `duration`: seconds.
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


_REMEDY = "evaluate the run again"


def write_predictions(path: Path, rows: Sequence[Prediction]) -> None:
    """Write predictions as JSON lines, atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as draft, draft.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")


def read_predictions(path: Path) -> tuple[Prediction, ...]:
    """The rows of `predictions/KEY.jsonl`, in order.

    Raises InputError if the file is missing, empty or damaged.
    """
    if not path.exists():
        raise InputError(f"{path} is missing; {_REMEDY}")
    written = list(lines(path))
    while written and not written[-1].strip():
        written.pop()
    rows = tuple(
        made(Prediction, parse_json(line, f"{path}:{number} is damaged", Prediction, _REMEDY))
        for number, line in enumerate(written, 1)
    )
    if not rows:
        raise InputError(f"{path} is damaged: it is empty; {_REMEDY}")
    return rows
