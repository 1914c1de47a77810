"""Decoding of test sets: from a recogniser and utterances to predictions, resumable."""

import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tqdm import tqdm

from plion.data.manifest import Utterance
from plion.loading.workers import explained_worker_failures
from plion.models.values import Said
from plion.recognition.recognizers import Recognizer
from plion.scoring.predictions import Prediction
from plion.system.documents import parse_json
from plion.system.files import disk_full
from plion.system.kinds import made

_REMEDY = "remove it and give the same command again"


def predictions(utterances: Sequence[Utterance], said: Sequence[Said]) -> list[Prediction]:
    """Combines utterances with their transcripts, in the same order, into predictions."""
    return [
        Prediction(
            utterance.id, utterance.text, one.raw, one.text, one.language, utterance.duration,
            utterance.speaker, utterance.block, utterance.sentence,
        )
        for utterance, one in zip(utterances, said, strict=True)
    ]  # fmt: skip


def recognize(
    recognizer: Recognizer,
    utterances: Sequence[Utterance],
    title: str,
    *,
    workers: int = 0,
    part: Path | None = None,
) -> tuple[list[Prediction], float]:
    """Decodes utterances, with a progress bar called `title` and `workers` loader processes.

    Returns the predictions in the order of the utterances, and the seconds taken, features
    included. `part`: a file to which finished batches are appended, and from which an interrupted
    decoding resumes with the same batches. Raises InputError for unreadable audio, because a test
    set is scored as a whole.
    """
    done = [] if part is None else _resumed(part)
    found = {row.id: row for batch in done for row in batch.rows}
    seconds = sum(batch.seconds for batch in done)
    places = recognizer.places(utterances)
    left = [batch for batch in places if any(utterances[n].id not in found for n in batch)]
    with (
        explained_worker_failures(),
        tqdm(
            total=len(utterances), initial=len(found), desc=title, unit="utt", mininterval=5
        ) as bar,
    ):
        started = time.perf_counter()
        for batch in recognizer.batches(utterances, left, workers):
            rows = predictions(batch.utterances, recognizer.transcribe(batch))
            found |= {row.id: row for row in rows}
            ended = time.perf_counter()
            if part is not None:
                _append(part, _Done(ended - started, rows))
            seconds, started = seconds + ended - started, ended
            bar.update(len(rows))
    return [found[one.id] for one in utterances], seconds


@dataclass(frozen=True)
class _Done:
    """A decoded batch: a line of a part file."""

    seconds: float
    rows: list[Prediction]


def _append(part: Path, batch: _Done) -> None:
    part.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps(asdict(batch), ensure_ascii=False) + "\n"
    with disk_full(part), part.open("a", encoding="utf-8") as file:
        file.write(line)


def _resumed(part: Path) -> list[_Done]:
    """Reads the batches of a part file; removes an incomplete last line."""
    if not part.is_file():
        return []
    whole, _, torn = part.read_bytes().rpartition(b"\n")
    if torn:
        os.truncate(part, len(whole) + 1 if whole else 0)
    batches = []
    for number, line in enumerate(whole.split(b"\n") if whole else (), 1):
        one = parse_json(line, f"{part}:{number} is damaged", _Done, _REMEDY)
        batches.append(_Done(one["seconds"], [made(Prediction, row) for row in one["rows"]]))
    return batches
