"""Reads studies of scored runs from run folders and `ablation.json`, and nothing else."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from plion.errors import InputError
from plion.results.reading.processes import read_each
from plion.results.reading.run import read_decodings
from plion.results.reading.study import Run, Study
from plion.results.reading.tuning import TuningSection, tuning_of
from plion.runs.folder import RunFolder
from plion.runs.values import Held
from plion.system.documents import read_json
from plion.text.languages import Language


class _Expected(TypedDict):
    """A run of an ablation, as in ablation.json."""

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
    variants: NotRequired[list[str]]
    hold: Held | None
    base: _Expected | None
    cells: list[_Cell]
    tag_decode: NotRequired[str | None]
    margin: NotRequired[float | None]
    tuning: NotRequired[TuningSection]


def read_studies(
    dirs: Sequence[str | Path], prepare: Callable[[Run], None] | None = None
) -> list[Study]:
    """Reads a study for each ablation's folder `runs/ABLATION`, and one per suite for single runs.

    A folder given twice counts once. The runs of a large study are read by several processes;
    `prepare` is called there for each run of an ablation. Raises InputError for a folder that is
    neither a run's nor an ablation's, for damaged files, and for runs that were scored under
    different profiles or have different rows of one language.
    """
    studies: list[Study] = []
    single: dict[str, list[Run]] = {}
    given: dict[Path, Path] = {}
    for path in map(Path, dirs):
        given.setdefault(path.resolve(), path)
    for path in given.values():
        if (path / "ablation.json").is_file():
            studies.append(_read_ablation(path, prepare))
        else:
            runs = _read_single(path)
            single.setdefault(runs[0].record.suite or "", []).extend(runs)
    studies += [Study("", suite, tuple(runs)) for suite, runs in single.items()]
    profiles = {run.profile: run.name for study in studies for run in study.runs if run.scores}
    if len(profiles) > 1:
        listed = ", ".join(f"{profile} ({name})" for profile, name in profiles.items())
        raise InputError(f"runs scored under different profiles do not compare: {listed}")
    _check_languages([run for study in studies for run in study.runs])
    return studies


def _check_languages(runs: Sequence[Run]) -> None:
    """Raises InputError if two runs have different rows for a language."""
    first: dict[str, tuple[Language, Run]] = {}
    for run in runs:
        for row in run.spoken:
            known, other = first.setdefault(row.key, (row, run))
            if known != row:
                raise InputError(
                    f"{other.name} and {run.name} do not compare: the rows of language "
                    f"'{row.key}' differ in their run.json"
                )


def _read_single(path: Path) -> list[Run]:
    folder = RunFolder(path)
    record = folder.read()
    if record.blank:
        raise InputError(f"{path} is neither a run's folder (run.json) nor an ablation's")
    expected = Run(record.name or path.name, seed=record.seed)
    return read_decodings(expected, folder, forced=folder.forced.metrics.is_file())


def _read_ablation(path: Path, prepare: Callable[[Run], None] | None) -> Study:
    source = path / "ablation.json"
    plan = read_json(source, _Ablation, "give the ablation's command again")
    axes = {axis: tuple(map(str, labels)) for axis, labels in plan["axes"].items()}
    base = [] if plan["base"] is None else [{**plan["base"], "labels": {}, "seed": None}]
    varies = plan.get("tag_decode", "") is None or "tag.decode" in axes
    named = {name: plan[name] for name in ("name", "suite", "question", "hold")}
    named["margin"] = plan.get("margin")
    for axis, labels in axes.items():
        if not labels:
            raise InputError(f"{source} is damaged: the axis '{axis}' has no label")
    cells = [*base, *plan["cells"]]
    runs = tuple(read_each(partial(_read_cell, path.parent, prepare), cells))
    variants = tuple(plan.get("variants", ()))
    tuning = tuning_of(plan.get("tuning"))
    return Study(
        axes=axes, variants=variants, runs=runs, varies_decoding=varies, tuning=tuning, **named
    )


def _read_cell(root: Path, prepare: Callable[[Run], None] | None, cell: _Cell) -> list[Run]:
    labels = {axis: str(label) for axis, label in cell["labels"].items()}
    expected = Run(cell["run"], labels=labels, seed=cell["seed"])
    folder, forced = RunFolder(root / cell["folder"]), cell.get("forced", False)
    runs = read_decodings(expected, folder, forced=forced)
    if prepare:
        for run in runs:
            prepare(run)
    return runs
