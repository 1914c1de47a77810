"""What was said to every utterance of a test set, as a run's predictions files hold it."""

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


_REMEDY = "evaluate the run again"


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
