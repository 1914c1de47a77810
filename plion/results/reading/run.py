"""Reads a scored run from its folder; a missing, unfinished or damaged one has no scores.

Works for runs made on another machine: metrics.json has the counts, predictions/ every utterance,
from which counts per utterance are made again for the intervals.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypedDict

from plion.errors import InputError
from plion.results.reading.study import Run
from plion.runs.folder import RunFolder
from plion.scoring import benchmarks as known
from plion.scoring.benchmarks import Benchmark
from plion.scoring.counts import Counts
from plion.scoring.predictions import read_rows
from plion.scoring.scored import Scored, counted
from plion.system.documents import read_json
from plion.system.kinds import made
from plion.text.normalize import resolve_profile

_ENDED = ("done", "not evaluated", "damaged")  # statuses of a trained run


class _Metrics(TypedDict):
    """The content of metrics.json."""

    profile: str
    benchmarks: dict[str, Counts]


def read_decodings(expected: Run, folder: RunFolder, *, forced: bool) -> list[Run]:
    """Reads a run and, if `forced`, its second decoding with the language given.

    expected: supplies name, labels and seed. Raises InputError for damaged files.
    """
    expected = replace(expected, folder=folder.path)
    own = _read_run(expected, folder)
    if own.status not in _ENDED or not forced:
        return [own]
    again = _read_run(expected, folder.forced)
    # Decoding times belong to the run's own decoding.
    record = replace(
        again.record, latency_mean=None, latency_std=None, rtfx=None, tag_decode="forced"
    )
    return [own, replace(again, again=True, record=record)]


def _read_run(expected: Run, folder: RunFolder) -> Run:
    record = folder.read()
    if record.blank:
        return replace(expected, status="missing")
    # A claimed folder without a status belongs to a run that was killed.
    run = replace(expected, status=record.status or "running", record=record)
    if run.status != "done":
        return run
    if not folder.metrics.is_file():
        return replace(run, status="not evaluated")
    if not folder.scored:
        again = f"{folder.metrics} is damaged: `plion evaluate {folder.path}` makes it again."
        return replace(run, status="damaged", damage=again)
    return _scored(run, folder)


def _scored(run: Run, folder: RunFolder) -> Run:
    profile, counts = _metrics(folder.metrics)
    benchmarks = _benchmarks(run, folder.record)
    for key in counts:
        known.find_benchmark(key, benchmarks)
    lacking = [key for key in counts if not folder.predictions(key).exists()]
    if lacking:
        return replace(run, status="damaged", damage=_damage(folder, lacking))
    scores = {
        row.key: _score(folder.predictions(row.key), row, counts[row.key], profile)
        for row in benchmarks
        if row.key in counts
    }
    return replace(run, benchmarks=tuple(benchmarks), profile=profile, scores=scores)


def _damage(folder: RunFolder, keys: Sequence[str]) -> str:
    return (
        f"{folder.path.name} lacks its predictions of {', '.join(keys)}: "
        f"`plion evaluate {folder.path}` makes them again."
    )


def _metrics(path: Path) -> tuple[str, dict[str, Counts]]:
    """The profile and the counts of each benchmark in a metrics.json."""
    content = read_json(path, _Metrics, "evaluate the run again")
    profile: str = content["profile"]
    counts = {key: made(Counts, figures) for key, figures in content["benchmarks"].items()}
    try:
        resolve_profile(profile)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    return profile, counts


def _benchmarks(run: Run, path: Path) -> list[Benchmark]:
    """The benchmarks recorded by a run, or else those of its suite's name."""
    record = run.record
    if record.benchmarks is not None:
        return known.validated(record.benchmarks, f"{path}, benchmarks", run.known)
    if record.suite is None:
        raise InputError(f"{path} is damaged: neither 'benchmarks' nor the name of a 'suite'")
    try:
        return known.suite(record.suite, run.known)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def _score(path: Path, benchmark: Benchmark, counts: Counts, profile: str) -> Scored:
    found = counted(benchmark, read_rows(path), profile, counts)
    own = found.utterances
    recounted = (own.errors.sum(), own.lengths.sum(), len(own.lengths))
    # The split of errors into kinds is not compared: it depends on ties and the aligner's version.
    if recounted != (counts.errors, counts.reference_length, counts.n_utterances):
        raise InputError(f"{path} does not give the counts of metrics.json; evaluate the run again")
    return found
