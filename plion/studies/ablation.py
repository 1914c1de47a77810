"""`plion ablate`: runs the cells of an ablation that are not done yet, in parallel processes."""

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tabulate import tabulate

from plion.runs.claims import alone
from plion.studies.design.grid import read_ablation
from plion.studies.driver import drive
from plion.studies.engines.choice import LOCAL, Choice, engine_of
from plion.studies.engines.engine import Ended, Job
from plion.studies.engines.slurm.array import submit
from plion.studies.expected import Expected, expected_runs, write_ablation_record
from plion.studies.jobs import current_folder, evaluation, last_line, mark_failed, training
from plion.studies.preview import preview
from plion.system.files import disk_full
from plion.typesetting.amounts import duration


def ablate(
    path: str | Path,
    overrides: Sequence[str] = (),
    engine: Choice = LOCAL,
    *,
    dry_run: bool = False,
    status: bool = False,
) -> int:
    """Runs the cells of an ablation that are not done; returns 0 if all are done, else 1.

    `dry_run` prints contents and cost of every cell, `status` the state of every run; neither
    starts anything. Raises InputError for an invalid file, override or option.
    """
    ablation = read_ablation(path, overrides)
    if dry_run:
        print(preview(ablation))
        return 0
    base, cells = expected_runs(ablation)
    if status:
        rows = [(run.status(), run.name, run.folder.path) for run in (base, *cells)]
        print(tabulate(rows, ("status", "run", "folder")))
        return 0 if all(run.done() for run in (base, *cells)) else 1
    study = Path(ablation.base.trainer.runs) / ablation.name
    with disk_full(study), alone(study):
        write_ablation_record(study, ablation, base, cells)
        jobs = _jobs(base, cells)
        if engine.name == "slurm":
            print(submit(study, ablation.name, jobs, engine))
            return 0
        failed = _run(jobs, 1 + len(cells), engine) if jobs else []
        base, *cells = (replace(run, folder=current_folder(run.folder)) for run in (base, *cells))
        write_ablation_record(study, ablation, base, cells)
    done = sum(run.done() for run in (base, *cells))
    print(f"{ablation.name}: {done} of {len(cells) + 1} runs done, {study}")
    for line in _left((base, *cells), failed):
        print(line)
    return 0 if done == len(cells) + 1 else 1


def _left(runs: Sequence[Expected], failed: Sequence[Ended]) -> list[str]:
    """A line for each unfinished run: what went wrong with its job, else its status."""
    words = {
        one.job.name: f"failed: {one.job.name}, {one.job.log}: {one.told or last_line(one.job.log)}"
        for one in failed
    }
    left = {run.hash8: run for run in reversed(runs) if not run.done()}
    return [
        words.get(run.name, f"left: {run.name}, {run.folder.path}: {run.status()}")
        for run in reversed(left.values())
    ]


def _jobs(base: Expected, cells: Sequence[Expected]) -> list[Job]:
    """The base's evaluation and the training of each cell, as far as they are not done."""
    todo: dict[str, Expected] = {}
    for run in cells:
        if not run.done():
            todo.setdefault(run.hash8, run)
    jobs = [training(run.exp, run.folder) for run in todo.values()]
    if not base.done():
        jobs.insert(0, evaluation(base.exp, base.folder))
    return jobs


def _run(jobs: Sequence[Job], runs: int, engine: Choice) -> list[Ended]:
    """Runs jobs of so many runs; returns the failed ones."""
    start = time.monotonic()
    ended = 0

    def finished(one: Ended) -> None:
        nonlocal ended
        ended += 1
        elapsed = time.monotonic() - start
        left = elapsed / ended * (len(jobs) - ended)
        outcome = "done" if one.status == 0 else f"FAILED (exit {one.status})"
        print(
            f"[{ended}/{len(jobs)}] {one.job.name} {outcome} in {duration(one.seconds / 3600)}; "
            f"{duration(elapsed / 3600)} so far, about {duration(left / 3600)} left",
            file=sys.stderr,
            flush=True,
        )
        if one.status:
            mark_failed(one.job)

    skipped = runs - len(jobs)
    print(f"{len(jobs)} runs to do, {skipped} done or shared", file=sys.stderr, flush=True)
    return drive(engine_of(engine), jobs, finished)
