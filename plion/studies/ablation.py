"""`plion ablate`: runs the cells of an ablation that are not done yet, in parallel processes."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from plion.errors import InputError
from plion.planning.inputs import has_data
from plion.runs.claims import alone
from plion.studies.design.grid import read_ablation
from plion.studies.design.only import chosen
from plion.studies.driving.driver import Rules, drive
from plion.studies.driving.jobs import current_folder, evaluation, last_line, mark_failed, training
from plion.studies.driving.opening import opened
from plion.studies.earlier import another_study, refuse_another
from plion.studies.engine_choice import engine_of
from plion.studies.engines.choice import LOCAL, Choice
from plion.studies.engines.engine import Ended, Engine, Job
from plion.studies.expected import Expected, expected_runs, write_ablation_record
from plion.studies.runnable import check_runnable
from plion.studies.todo import NO_WISHES, Todo, Wishes, left, relocated
from plion.studies.watching.reading import StudyFile
from plion.studies.watching.status import Stand, status_text
from plion.system.files import disk_full, writable
from plion.system.garbage import rarely_collected


@rarely_collected()
def ablate(
    path: str | Path,
    overrides: Sequence[str] = (),
    engine: Choice = LOCAL,
    wishes: Wishes = NO_WISHES,
    *,
    dry_run: bool = False,
    status: bool = False,
) -> int:
    """Runs the cells of an ablation that are not done; returns 0 if all are done, else 1.

    `dry_run` prints contents and cost of every cell, `status` the state of every run, that `wishes`
    ask for; neither starts anything. Other processes may run the same study, or one that shares
    cells with it: each run is then done by one of them. Raises InputError for an invalid file,
    override or option, for a study of this name with other content, and for a cell that cannot run,
    before any is started.
    """
    ablation = read_ablation(path, overrides)
    _warn(*ablation.notes)
    study = Path(ablation.base.trainer.runs) / ablation.name
    if dry_run:
        from plion.studies.preview import preview  # --status does without what planning imports

        if has_data(ablation.base):
            _warn(another_study(study, ablation, *expected_runs(ablation)))
        print(preview(replace(ablation, cells=chosen(ablation, wishes.only))))
        return 0
    base, cells = expected_runs(ablation)
    refuse_another(study, ablation, base, cells)
    picked = set(map(id, chosen(ablation, wishes.only)))
    labels = [{}, *(one.labels for one in ablation.cells if id(one) in picked)]
    wanted = [
        base,
        *(run for run, one in zip(cells, ablation.cells, strict=True) if id(one) in picked),
    ]
    if status:
        return _status(wanted, labels, study)
    todo = Todo.of(wanted, retry_failed=wishes.retry_failed)
    limits = todo.limits(wishes)
    if engine.name == "slurm" and limits.given:
        raise InputError(
            "--max-hours and --max-cost have no meaning with --engine slurm: limit the elements by "
            "`#SBATCH --time`"
        )
    check_runnable(todo.start, base, here=engine.name != "ray")
    place = engine_of(engine) if todo.start and engine.name != "slurm" else None
    with writable(study):
        study.mkdir(parents=True, exist_ok=True)
    with disk_full(study):
        write_ablation_record(study, ablation, base, cells)
        jobs = [_job(run, base) for run in todo.start]
        if engine.name == "slurm" and jobs:
            from plion.studies.engines.slurm.array import submit

            with alone(study):
                print(submit(study, ablation.name, jobs, engine, retries=ablation.retries))
            return 0
        rules = Rules(ablation.retries, limits)
        failed = _run(study, jobs, todo, engine=place, rules=rules) if place else []
        base, *cells = relocated((base, *cells))
        write_ablation_record(study, ablation, base, cells)
    wanted = relocated(wanted)
    done = sum(run.done() for run in wanted)
    told = f" with {', '.join(wishes.only)}" if wishes.only else ""
    print(f"{ablation.name}: {done} of {len(wanted)} runs{told} done, {study}")
    if limits.stopped:
        print(f"stopped at {limits.stopped}; the same command goes on")
    for line in left(wanted, {one.job.name: _failure(one) for one in failed}):
        print(line)
    return 0 if done == len(wanted) else 1


def _warn(*notes: str) -> None:
    for note in filter(None, notes):
        print(f"plion: {note}", file=sys.stderr)


def _status(runs: Sequence[Expected], labels: Sequence[Mapping[str, str]], study: Path) -> int:
    """Prints the state of the runs, each with its labels; returns 0 if all are done, else 1."""
    stands = [
        Stand(run.status(), run.name, run.folder.path, own)
        for run, own in zip(runs, labels, strict=True)
    ]
    print(status_text(stands, study))
    return 0 if all(one.status == "done" for one in stands) else 1


def _job(run: Expected, base: Expected) -> Job:
    return (evaluation if run is base else training)(run.exp, run.folder)


def _run(
    study: Path, jobs: Sequence[Job], todo: Todo, *, engine: Engine, rules: Rules
) -> list[Ended]:
    """Runs jobs and shows how far they are; returns those that failed."""
    from plion.studies.watching.progress import Progress  # with rich, which --status needs not

    expected = {run.hash8: run for run in todo.start}

    def done(job: Job) -> bool:
        run = expected[job.hash8]
        return replace(run, folder=current_folder(run.folder)).done()

    def finished(one: Ended) -> None:
        if one.status:
            mark_failed(one)
        progress.finished(one)

    progress = Progress(StudyFile(study), len(jobs), todo.done)
    rules = replace(rules, done=done, repeats=progress.repeats, idle=progress.idle)
    with progress, opened(engine) as running:
        progress.places = running.devices(jobs[-1])  # the first is the base's evaluation
        return drive(running, jobs, finished, progress.reported, rules=rules)


def _failure(one: Ended) -> str:
    return f"failed: {one.job.name}, {one.job.log}: {one.told or last_line(one.job.log)}"
