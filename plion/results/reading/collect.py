"""Run folders -> studies of scored runs. Reads run folders and `ablation.json`, nothing else.

A run made on another machine gives its figures here: metrics.json has the counts, predictions/ has
every utterance, from which its counts are made again for the intervals.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from plion.errors import InputError
from plion.runs.folder import RunFolder
from plion.runs.record import Held
from plion.scoring import benchmarks as known
from plion.scoring.benchmarks import Benchmark
from plion.scoring.counts import Counts, UtteranceCounts, count
from plion.scoring.predictions import Prediction, read_predictions
from plion.system.documents import read_json
from plion.system.kinds import made
from plion.text.normalize import resolve_profile

_ENDED = ("done", "not evaluated", "damaged")  # what a run may be that has been trained
_OF_DECODING = ("latency_mean", "latency_std", "rtfx")


class _Expected(TypedDict):
    """A run that an ablation consists of, as ablation.json has it."""

    run: str
    folder: str


class _Cell(_Expected):
    labels: dict[str, Any]
    seed: int | None
    forced: NotRequired[bool]


class _Ablation(TypedDict):
    """The content of ablation.json."""

    name: str
    question: str
    suite: str
    axes: dict[str, list[Any]]
    hold: Held | None
    base: _Expected | None
    cells: list[_Cell]
    tag_decode: NotRequired[str | None]


class _Metrics(TypedDict):
    """The content of metrics.json."""

    profile: str
    benchmarks: dict[str, Counts]


_COMPARED = ("errors", "reference_length", "n_utterances")


@dataclass(frozen=True, eq=False)
class Scored:
    """One run on one benchmark; utterances in the order of their ids."""

    benchmark: Benchmark
    counts: Counts
    rows: tuple[Prediction, ...]
    utterances: UtteranceCounts

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(row.id for row in self.rows)


@dataclass(frozen=True, eq=False)
class Run:
    """A run of a study. One that is missing, unfinished or damaged has a status and no scores.

    `damage`: what of it is lacking and how it is mended, where its status is `damaged`.
    `labels`: its label on each axis, none for the base row. `record`: the content of run.json.
    `again`: these are the transcripts of a second decoding, `forced`; the run itself stands before
    it in the study.
    """

    name: str
    status: str
    labels: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = None
    record: Mapping[str, Any] = field(default_factory=dict)
    benchmarks: tuple[Benchmark, ...] = ()
    profile: str = ""
    scores: Mapping[str, Scored] = field(default_factory=dict)
    damage: str = ""
    again: bool = False

    @property
    def forced(self) -> bool:
        """Whether it was told the true language: an oracle, not to be ranked with others."""
        return self.record.get("tag_decode") == "forced"

    @property
    def conditioned(self) -> bool:
        """Whether it was trained with the language given; early runs tell by their label alone."""
        return bool(self.record.get("tag_train", self.labels.get("tag.train")) == "condition")

    @property
    def title(self) -> str:
        """Its name as a table has it: an oracle that was told the language is marked."""
        return self.name + (" (forced)" if self.forced else "")


@dataclass(frozen=True, eq=False)
class Study:
    """An ablation with its runs, the base first; or single runs, without name and axes.

    `axes`: the labels of each axis in order; the first label is what others are compared with.
    `varies_decoding`: whether `tag.decode` is what an axis sets.
    """

    name: str
    suite: str
    runs: tuple[Run, ...]
    question: str = ""
    axes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hold: Mapping[str, Any] = field(default_factory=dict)
    varies_decoding: bool = False

    @property
    def base(self) -> Run | None:
        """The base row of an ablation: its first run without labels."""
        return next((run for run in self.runs if self.axes and not run.labels), None)

    def base_of(self, run: Run) -> Run | None:
        """The base row that a run is compared with: told the language where the run is."""
        bases = [one for one in self.runs if self.axes and not one.labels]
        return next((one for one in bases if one.forced == run.forced), None)


def read_studies(dirs: Sequence[str | Path]) -> list[Study]:
    """A study for each ablation's folder `runs/ABLATION`; single runs together, suite by suite.

    A folder that is given twice counts once. Raises InputError for a folder that is neither, for
    damaged files, and where the runs were scored under different profiles.
    """
    studies: list[Study] = []
    single: dict[str, list[Run]] = {}
    given: dict[Path, Path] = {}
    for path in map(Path, dirs):
        given.setdefault(path.resolve(), path)
    for path in given.values():
        if (path / "ablation.json").is_file():
            studies.append(_read_ablation(path))
        else:
            runs = _read_single(path)
            single.setdefault(str(runs[0].record.get("suite", "")), []).extend(runs)
    studies += [Study("", suite, tuple(runs)) for suite, runs in single.items()]
    profiles = {run.profile: run.name for study in studies for run in study.runs if run.scores}
    if len(profiles) > 1:
        listed = ", ".join(f"{profile} ({name})" for profile, name in profiles.items())
        raise InputError(f"runs scored under different profiles do not compare: {listed}")
    return studies


def _read_single(path: Path) -> list[Run]:
    folder = RunFolder(path)
    record = folder.read()
    if not record:
        raise InputError(f"{path} is neither a run's folder (run.json) nor an ablation's")
    name, forced = record.get("name", path.name), folder.forced.metrics.is_file()
    return _read_decodings(folder, name, {}, record.get("seed"), forced)


def _read_ablation(path: Path) -> Study:
    source = path / "ablation.json"
    plan = read_json(source, _Ablation, "give the ablation's command again")
    axes = {axis: tuple(map(str, labels)) for axis, labels in plan["axes"].items()}
    base = [] if plan["base"] is None else [{**plan["base"], "labels": {}, "seed": None}]
    cells = [
        (
            RunFolder(path.parent / cell["folder"]),
            cell["run"],
            _words(cell["labels"]),
            cell["seed"],
            bool(cell.get("forced")),
        )
        for cell in [*base, *plan["cells"]]
    ]
    varies = plan.get("tag_decode", "") is None or "tag.decode" in axes
    named = {name: plan[name] for name in ("name", "suite", "question", "hold")}
    for axis, labels in axes.items():
        if not labels:
            raise InputError(f"{source} is damaged: the axis '{axis}' has no label")
    runs = tuple(run for cell in cells for run in _read_decodings(*cell))
    return Study(axes=axes, runs=runs, varies_decoding=varies, **named)


def _words(labels: Mapping[str, Any]) -> dict[str, str]:
    return {axis: str(label) for axis, label in labels.items()}


def _read_decodings(
    folder: RunFolder, name: str, labels: Mapping[str, str], seed: int | None, forced: bool
) -> list[Run]:
    """A run, and after it what it said when it was told the language, where that is `forced`."""
    own = _read_run(folder, name, labels, seed)
    if own.status not in _ENDED or not forced:
        return [own]
    again = _read_run(folder.forced, name, labels, seed)
    # How long decoding took was measured on the run's own.
    record = {key: value for key, value in again.record.items() if key not in _OF_DECODING}
    return [own, replace(again, again=True, record={**record, "tag_decode": "forced"})]


def _read_run(folder: RunFolder, name: str, labels: Mapping[str, str], seed: int | None) -> Run:
    record = folder.read()
    if not record:
        return Run(name, "missing", labels, seed)
    # A folder that was claimed and never written to again belongs to a run that was killed.
    status = record.get("status", "running")
    if status != "done":
        return Run(name, status, labels, seed, record)
    if not folder.metrics.is_file():
        return Run(name, "not evaluated", labels, seed, record)
    if not folder.scored:
        again = f"{folder.metrics} is damaged: `plion evaluate {folder.path}` makes it again."
        return Run(name, "damaged", labels, seed, record, damage=again)
    profile, counts = _metrics(folder.metrics)
    benchmarks = _benchmarks(record, folder.record)
    for key in counts:
        known.find_benchmark(key, benchmarks)
    lacking = [key for key in counts if not folder.predictions(key).exists()]
    if lacking:
        return Run(name, "damaged", labels, seed, record, damage=_damage(folder, lacking))
    scores = {
        row.key: _score(folder.predictions(row.key), row, counts[row.key], profile)
        for row in benchmarks
        if row.key in counts
    }
    return Run(name, status, labels, seed, record, tuple(benchmarks), profile, scores)


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


def _benchmarks(record: Mapping[str, Any], path: Path) -> list[Benchmark]:
    """The suite a run was scored on, as it wrote it down; else that of the name it gives."""
    if "benchmarks" in record:
        return known.validated(record["benchmarks"], f"{path}, benchmarks")
    if not isinstance(record.get("suite"), str):
        raise InputError(f"{path} is damaged: neither 'benchmarks' nor the name of a 'suite'")
    try:
        return known.suite(record["suite"])
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def _score(path: Path, benchmark: Benchmark, counts: Counts, profile: str) -> Scored:
    rows = tuple(sorted(read_predictions(path), key=lambda row: row.id))
    references = [row.reference for row in rows]
    texts = [row.text for row in rows]
    utterances = count(references, texts, benchmark.language, benchmark.metric, profile=profile)
    made = utterances.pooled()
    # How errors split into kinds depends on ties, and so on the version of the aligner.
    if any(getattr(made, name) != getattr(counts, name) for name in _COMPARED):
        raise InputError(f"{path} does not give the counts of metrics.json; evaluate the run again")
    return Scored(benchmark, counts, rows, utterances)
