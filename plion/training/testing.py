"""Test sets of a run: decoded once each, scored from what was said."""

import json
from typing import Any

from plion.errors import InputError
from plion.evaluation.benchmarks import Benchmark, suite
from plion.evaluation.recognize import (
    Prediction,
    device,
    read_predictions,
    recognize,
    write_predictions,
)
from plion.evaluation.scoring import Counts, count, metrics
from plion.inputs import manifest_path, split_manifest
from plion.languages import Metric
from plion.model.checkpoint import Checkpoint
from plion.runs import RunFolder, atomic_write
from plion.settings import Experiment
from plion.training.record import described


def test(folder: RunFolder, checkpoint: Checkpoint, exp: Experiment) -> dict[str, Any]:
    """Decodes every test set of the suite that is there and writes predictions and metrics.json.

    A set whose predictions are in the folder already is not decoded again: they are of the same
    weights and settings, or the folder would be another. Raises InputError where no set is there.
    """
    checkpoint.model.to(device=device(exp.trainer.accelerator))  # type: ignore[call-arg]
    present = [row for row in suite(exp.data.suite) if manifest_path(exp, row, "test").is_file()]
    if not present:
        raise InputError(
            f"no test manifest of suite '{exp.data.suite}' lies under {exp.data.root}; "
            "set data.root to where its data was prepared"
        )
    scored: dict[str, tuple[Metric, Counts]] = {}
    for row in present:
        said = _decoded(folder, checkpoint, exp, row)
        scored[row.key] = (row.metric, _counts(said, row, exp.evaluate.profile))
    content = metrics(scored, exp.evaluate.profile)
    atomic_write(folder.metrics, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    return content


def _decoded(
    folder: RunFolder, checkpoint: Checkpoint, exp: Experiment, row: Benchmark
) -> list[Prediction]:
    path = folder.predictions(row.key)
    if path.is_file():
        return list(read_predictions(path))
    manifest = split_manifest(exp, row, "test")
    utterances = list(manifest)
    said, seconds = recognize(checkpoint, utterances, exp, row.key)
    write_predictions(path, said)
    record = folder.read()
    manifests = {**record.get("manifests", {}), **described({f"{row.key}/test": manifest})}
    spent = record.get("decoding", {})
    audio = sum(utterance.duration for utterance in utterances)
    spent[row.key] = {"audio_seconds": audio, "seconds": seconds}
    folder.write(manifests=manifests, decoding=spent, rtfx=_ratio(spent))
    return said


def _counts(said: list[Prediction], row: Benchmark, profile: str) -> Counts:
    references, texts = [one.reference for one in said], [one.text for one in said]
    return count(references, texts, row.language, row.metric, profile).pooled()


def _ratio(spent: dict[str, dict[str, float]]) -> float:
    """RTFx: seconds of audio a second of decoding, features included, over all sets so far."""
    audio, seconds = (sum(one[k] for one in spent.values()) for k in ("audio_seconds", "seconds"))
    return audio / seconds
