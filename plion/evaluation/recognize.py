"""Decoding test sets: a checkpoint and manifests to predictions, one row an utterance."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from tqdm import tqdm

from plion.data.manifest import Utterance
from plion.model.checkpoint import Checkpoint
from plion.model.decode import transcribe
from plion.model.loading import decoding_loader
from plion.model.prompt import parse
from plion.runs import replacing
from plion.settings import Experiment


@dataclass(frozen=True)
class Prediction:
    """What a model said to one utterance: enough to score it again years later.

    `hypothesis` is the model's raw text, `text` the same without the language tag, `language` the
    one it named; `duration` is in seconds.
    """

    id: str
    reference: str
    hypothesis: str
    text: str
    language: str | None
    duration: float
    speaker: str | None
    block: str | None
    sentence: str | None


def predictions(utterances: Sequence[Utterance], said: Sequence[str]) -> list[Prediction]:
    """Pairs utterances with a model's raw output."""
    rows = []
    for utterance, raw in zip(utterances, said, strict=True):
        named, text = parse(raw)
        rows.append(
            Prediction(
                utterance.id, utterance.text, raw, text, named, utterance.duration,
                utterance.speaker, utterance.block, utterance.sentence,
            )
        )  # fmt: skip
    return rows


def recognize(
    checkpoint: Checkpoint, utterances: Sequence[Utterance], exp: Experiment, title: str
) -> tuple[list[Prediction], float]:
    """Decodes utterances under `evaluate` and `tag.decode`, with a progress bar called `title`.

    Returns the predictions in the order of the utterances, and the seconds it took, features
    included. Raises InputError for audio that cannot be read: a test set is scored whole.
    """
    device = next(checkpoint.model.parameters()).device
    checkpoint.model.eval()
    started = time.perf_counter()
    found: dict[str, Prediction] = {}
    with tqdm(total=len(utterances), desc=title, unit="utt", mininterval=5) as bar:
        for batch in decoding_loader(utterances, checkpoint, exp):
            said = transcribe(
                checkpoint.model,
                batch.to(device).request,
                batch.limits,
                checkpoint.prompter,
            )
            found |= {row.id: row for row in predictions(batch.utterances, said)}
            bar.update(len(said))
    return [found[one.id] for one in utterances], time.perf_counter() - started


def write_predictions(path: Path, rows: Sequence[Prediction]) -> None:
    """Writes predictions as JSON lines, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as draft, draft.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")


def read_predictions(path: Path) -> Iterator[Prediction]:
    """The rows of a predictions file."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield Prediction(**json.loads(line))


def device(accelerator: str = "auto") -> torch.device:
    """Where a model runs: an accelerator if there is one and `cpu` is not asked for."""
    if accelerator == "cpu":
        return torch.device("cpu")
    return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
