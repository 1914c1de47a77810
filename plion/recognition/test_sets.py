"""Decoding and scoring of a run's test sets: predictions/KEY.jsonl and metrics.json."""

import json
from collections.abc import Mapping

from plion.config.experiment import also_forced
from plion.config.schema import Experiment
from plion.models.device import device
from plion.planning.inputs import manifest_records, split_manifest
from plion.planning.test_sets import check_test_sets, present_test_sets
from plion.recognition.decode_sets import recognize
from plion.recognition.latency import latency, pooled
from plion.recognition.recognizers import Recognizer
from plion.runs.folder import RunFolder
from plion.runs.values import Decoded
from plion.scoring.benchmarks import Benchmark
from plion.scoring.counts import Counts, count, metrics
from plion.scoring.predictions import Prediction, read_predictions, write_predictions
from plion.system.files import atomic_write
from plion.text.metrics import Metric


def tested(folder: RunFolder, exp: Experiment) -> bool:
    """Whether a run is done, with all requested predictions and latencies."""
    measured = folder.read().latency or {}
    asked = [row.key for row in present_test_sets(exp)] if exp.evaluate.latency else []
    done = folder.done(tested=True, forced=also_forced(exp))
    return done and all(key in measured for key in asked)


def run_test_sets(folder: RunFolder, recognizer: Recognizer, exp: Experiment) -> None:
    """Decodes every available test set of the suite; writes predictions and metrics.json.

    With `evaluate.forced` it decodes again with the true language given, to predictions/forced and
    metrics-forced.json. Skips a set with predictions in the folder, which belong to the same
    weights and settings by the folder's hash; resumes an interrupted one. Raises InputError as
    `check_test_sets`, before anything is decoded.
    """
    check_test_sets(exp)
    again = recognizer.forced() if also_forced(exp) else None
    recognizer.to(device(exp.trainer.accelerator))
    _test(folder, recognizer, exp)
    if again is not None:
        _test(folder.forced, again, exp)


def _test(folder: RunFolder, recognizer: Recognizer, exp: Experiment) -> None:
    scored: dict[str, tuple[Metric, Counts]] = {}
    for row in present_test_sets(exp):
        said = _decoded(folder, recognizer, exp, row)
        scored[row.key] = (row.metric, _counts(said, row, exp.evaluate.profile))
        if exp.evaluate.latency and not folder.given:
            _time(folder, recognizer, exp, row)
    content = metrics(scored, exp.evaluate.profile)
    atomic_write(folder.metrics, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _decoded(
    folder: RunFolder, recognizer: Recognizer, exp: Experiment, row: Benchmark
) -> list[Prediction]:
    path = folder.predictions(row.key)
    if path.is_file() and path.stat().st_size:  # a power failure may leave an empty file
        return list(read_predictions(path))
    manifest = split_manifest(exp, row, "test")
    utterances = list(manifest)
    part = path.with_name(f".{row.key}.part.jsonl")
    title = f"{row.key} (forced)" if folder.given else row.key
    workers = exp.trainer.workers
    said, seconds = recognize(recognizer, utterances, title, workers=workers, part=part)
    record = folder.read()
    manifests = {**(record.manifests or {}), **manifest_records({f"{row.key}/test": manifest})}
    folder.write(manifests=manifests)
    if not folder.given:  # a forced decoding does not count as the run's decoding time
        audio = sum(utterance.duration for utterance in utterances)
        spent = (record.decoding or {}) | {row.key: Decoded(audio, seconds)}
        folder.write(decoding=spent, rtfx=_ratio(spent))
    write_predictions(path, said)
    part.unlink(missing_ok=True)
    return said


def _time(folder: RunFolder, recognizer: Recognizer, exp: Experiment, row: Benchmark) -> None:
    """Measures the latency of a test set once; updates the latency over all sets so far."""
    measured = folder.read().latency or {}
    if row.key in measured:
        return
    utterances = list(split_manifest(exp, row, "test"))
    measured |= {row.key: latency(recognizer, utterances, exp.evaluate.latency)}
    over_all = pooled(measured.values())
    folder.write(latency=measured, latency_mean=over_all.mean, latency_std=over_all.std)


def _counts(said: list[Prediction], row: Benchmark, profile: str) -> Counts:
    references, texts = [one.reference for one in said], [one.text for one in said]
    return count(references, texts, row.spoken, row.metric, profile=profile).pooled()


def _ratio(spent: Mapping[str, Decoded]) -> float:
    """RTFx over all sets so far: seconds of audio per second of decoding, features included."""
    audio = sum(one.audio_seconds for one in spent.values())
    return audio / sum(one.seconds for one in spent.values())
