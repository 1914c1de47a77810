"""`plion ablate`: runs the cells of an ablation that are not done yet, in parallel processes."""

import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from tabulate import tabulate

from plion.config.experiment import also_forced
from plion.config.schema import Experiment
from plion.errors import InputError
from plion.planning.floor import warning
from plion.planning.inputs import evaluation_hash8, has_data, hash8
from plion.planning.loss_weights import language_weights, weights_table
from plion.planning.planned_run import PlannedRun, mixture_plan
from plion.runs.claims import alone, locate
from plion.runs.folder import RunFolder
from plion.studies.grid import Ablation, read_ablation
from plion.studies.jobs import evaluation, found_again, last_line, mark_failed, training
from plion.studies.workers import Job, run_all
from plion.system.files import atomic_write, disk_full
from plion.typesetting.amounts import cost, duration, money

_HASH8 = "[0-9a-f]" * 8
_OF_THE_PAPER = "sg12"  # the suite whose corpora have published sizes


@dataclass(frozen=True)
class Expected:
    """A run that the ablation needs, and its folder, which may not exist yet."""

    name: str
    hash8: str
    folder: RunFolder
    exp: Experiment
    tested: bool

    @property
    def forced(self) -> bool:
        """Whether it is also decoded with the true language given (`forced`)."""
        return self.tested and also_forced(self.exp)

    def done(self) -> bool:
        """Whether training and all test sets are finished."""
        return self.folder.done(tested=self.tested, forced=self.forced)

    def status(self) -> str:
        """The status in run.json, `missing`, or `not evaluated` if test sets are left to decode."""
        status = str(self.folder.read().get("status", "missing"))
        return status if status != "done" or self.done() else "not evaluated"


def ablate(
    path: str | Path,
    overrides: Sequence[str] = (),
    workers: int = 1,
    *,
    dry_run: bool = False,
    status: bool = False,
) -> int:
    """Runs the cells of an ablation that are not done; returns 0 if all are done, else 1.

    `dry_run` prints contents and cost of every cell, `status` the state of every run; neither
    starts anything. Raises InputError for an invalid file, override or option.
    """
    if workers < 1:
        raise InputError(f"--workers must be 1 or more, not {workers}")
    ablation = read_ablation(path, overrides)
    if dry_run:
        print(_preview(ablation))
        return 0
    base = _expected(ablation.base, evaluation_hash8(ablation.base), tested=True)
    cells = _shared(
        [_expected(c.exp, hash8(c.exp), tested=c.exp.evaluate.test) for c in ablation.cells]
    )
    if status:
        rows = [(run.status(), run.name, run.folder.path) for run in (base, *cells)]
        print(tabulate(rows, ("status", "run", "folder")))
        return 0 if all(run.done() for run in (base, *cells)) else 1
    study = Path(ablation.base.trainer.runs) / ablation.name
    with disk_full(study), alone(study):
        _write_record(study, ablation, base, cells)
        failed = _run(base, cells, workers)
        base, *cells = (replace(run, folder=found_again(run.folder)) for run in (base, *cells))
        _write_record(study, ablation, base, cells)
    done = sum(run.done() for run in (base, *cells))
    print(f"{ablation.name}: {done} of {len(cells) + 1} runs done, {study}")
    for line in _left((base, *cells), failed):
        print(line)
    return 0 if done == len(cells) + 1 else 1


def _expected(exp: Experiment, digits: str, *, tested: bool) -> Expected:
    return Expected(exp.name, digits, locate(exp.trainer.runs, exp.name, digits), exp, tested)


def _shared(cells: Sequence[Expected]) -> list[Expected]:
    """Gives cells with the same hash one folder, that of the first."""
    folders: dict[str, RunFolder] = {}
    return [replace(cell, folder=folders.setdefault(cell.hash8, cell.folder)) for cell in cells]


def _left(runs: Sequence[Expected], failed: Sequence[Job]) -> list[str]:
    """A line for each unfinished run: the last line of its job's log, else its status."""
    words = {job.name: f"failed: {job.name}, {job.log}: {last_line(job.log)}" for job in failed}
    left = {run.hash8: run for run in reversed(runs) if not run.done()}
    return [
        words.get(run.name, f"left: {run.name}, {run.folder.path}: {run.status()}")
        for run in reversed(left.values())
    ]


def _write_record(
    study: Path, ablation: Ablation, base: Expected, cells: Sequence[Expected]
) -> None:
    record = json.dumps(_record(ablation, base, cells), indent=2, ensure_ascii=False)
    atomic_write(study / "ablation.json", record + "\n")


def _record(ablation: Ablation, base: Expected, cells: Sequence[Expected]) -> dict[str, Any]:
    """Content of `ablation.json`: every expected run, with its folder's name in the run root."""

    def run(expected: Expected) -> dict[str, Any]:
        folder = expected.folder.path.name
        forced = {"forced": True} if expected.forced else {}
        return {"run": expected.name, "hash": expected.hash8, "folder": folder, **forced}

    decoded = {cell.exp.tag.decode for cell in ablation.cells}
    return {
        "name": ablation.name,
        "question": ablation.question,
        "suite": ablation.base.data.suite,
        "axes": ablation.axes,
        "seeds": ablation.seeds,
        "hold": asdict(ablation.base.hold),
        # None if the ablation varies it.
        "tag_decode": decoded.pop() if len(decoded) == 1 else None,
        "base": run(base),
        "cells": [
            {**run(expected), "labels": cell.labels, "seed": cell.seed}
            for expected, cell in zip(cells, ablation.cells, strict=True)
        ],
    }


def _run(base: Expected, cells: Sequence[Expected], workers: int) -> list[Job]:
    """Runs the base's evaluation and all unfinished cells; returns the failed jobs."""
    todo: dict[str, Expected] = {}
    for run in cells:
        if not run.done():
            todo.setdefault(run.hash8, run)
    jobs = [training(run.exp, run.folder) for run in todo.values()]
    if not base.done():
        jobs.insert(0, evaluation(base.exp, base.folder))
    start = time.monotonic()
    ended = 0

    def finished(job: Job, code: int, seconds: float) -> None:
        nonlocal ended
        ended += 1
        elapsed = time.monotonic() - start
        left = elapsed / ended * (len(jobs) - ended)
        outcome = "done" if code == 0 else f"FAILED (exit {code})"
        print(
            f"[{ended}/{len(jobs)}] {job.name} {outcome} in {duration(seconds / 3600)}; "
            f"{duration(elapsed / 3600)} so far, about {duration(left / 3600)} left",
            file=sys.stderr,
            flush=True,
        )
        if code != 0:
            mark_failed(job)

    if jobs:
        skipped = 1 + len(cells) - len(jobs)
        print(f"{len(jobs)} runs to do, {skipped} done or shared", file=sys.stderr, flush=True)
    return run_all(jobs, workers, finished)


def _preview(ablation: Ablation) -> str:
    """The text of `--dry-run`: contents and cost of every cell, from its training plan."""
    hold = ablation.base.hold
    known = ablation.base.data.suite != _OF_THE_PAPER or has_data(ablation.base)
    speed, device = _measured_speed(ablation)
    rows, weights, told = [], {}, dict[tuple[str, ...], str]()
    for cell in ablation.cells:
        planned = mixture_plan(cell.exp, None if known else "paper")
        rows.append(_preview_row(planned, speed))
        weights[cell.exp.name] = language_weights(planned)
        if (kind := _texts(cell.exp)) not in told:
            told[kind] = warning(planned)
    header = ("run", "hours", "utterances", "tokens", "steps", "training h", "cost")
    lines = [f"{ablation.name}: {ablation.question}", ""]
    lines += [tabulate(rows, header, disable_numparse=True, colalign=("left", *["right"] * 6)), ""]
    if printed := weights_table(weights, "run"):
        lines += [printed, ""]
    lines.append(f"every cell is held to {hold.amount:g} {hold.quantity}")
    if not known:
        lines.append(
            f"no data under {ablation.base.data.root}: counted from the sizes in the paper's "
            "Table 1, with simulated durations"
        )
    lines += filter(None, told.values())
    if speed is None:
        lines.append("training time and cost are unknown until a run of this study has finished")
    else:
        lines.append(f"time at {speed:.1f} s of audio a second, measured in this study on {device}")
    return "\n".join(lines)


def _texts(exp: Experiment) -> tuple[str, ...]:
    """Settings on which the warning about targets and scoring depends; it is printed once each."""
    data = exp.data
    kept = (str(data.max_seconds), *sorted(data.exclude))
    return (data.target_text, exp.evaluate.profile, data.root, *kept)


def _preview_row(planned: PlannedRun, speed: float | None) -> tuple[str, ...]:
    totals, exp = planned.plan.totals, planned.exp
    tokens = totals.supervised_tokens
    hours = None if speed is None else totals.audio_hours / speed
    return (
        exp.name,
        f"{totals.audio_hours:,.2f}",
        f"{totals.utterances:,}",
        "?" if tokens is None else f"{tokens:,}",
        f"{totals.steps:,}",
        "?" if hours is None else f"{hours:,.2f}",
        money(cost(hours, exp.trainer.price_per_hour), "?"),
    )


def _measured_speed(ablation: Ablation) -> tuple[float | None, str]:
    """Median speed of the ablation's finished runs (s of audio a second) and their devices."""
    runs = Path(ablation.base.trainer.runs)
    folders = {path for cell in ablation.cells for path in runs.glob(f"{cell.exp.name}-{_HASH8}")}
    records = [RunFolder(path).read() for path in sorted(folders)]
    measured = [
        record
        for record in records
        if record.get("status") == "done" and record.get("audio_seconds_per_second")
    ]
    if not measured:
        return None, ""
    speed = statistics.median(record["audio_seconds_per_second"] for record in measured)
    return speed, " and ".join(
        sorted({record.get("device", "an unknown device") for record in measured})
    )
