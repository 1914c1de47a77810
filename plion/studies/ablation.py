"""`plion ablate`: runs the cells of an ablation that are not done yet, in parallel processes."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from plion.errors import InputError
from plion.planning.inputs import has_data
from plion.runs.claims import alone
from plion.studies.budgets.savings import trained_alone
from plion.studies.budgets.trunks import trunk_names
from plion.studies.design.grid import read_ablation
from plion.studies.driving.driver import Rules, drive
from plion.studies.driving.jobs import current_folder, evaluation, last_line, mark_failed, training
from plion.studies.driving.limits import Limits
from plion.studies.driving.opening import opened
from plion.studies.earlier import another_study, refuse_another
from plion.studies.engine_choice import engine_of
from plion.studies.engines.choice import LOCAL, Choice
from plion.studies.engines.engine import Ended, Engine, Job
from plion.studies.expected import Expected
from plion.studies.runnable import check_runnable
from plion.studies.stage import Stage
from plion.studies.todo import NO_WISHES, Todo, Wishes, left, limits_of
from plion.studies.tuning.told import failed_trials, told_arms
from plion.studies.watching.reading import StudyFile
from plion.studies.watching.status import status_text
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
    ask for; neither starts anything. With `per_arm`, trials run first; what they decide is recorded
    before the first cell starts, and with it the first decoding of a test set. Other processes may
    run the same study, or one that shares cells with it: each run is then done by one of them.
    Raises InputError for an invalid file, override or option, for a study of this name with other
    content, and for a cell that cannot run, before any is started.
    """
    stage = Stage(read_ablation(path, overrides), wishes.only)
    ablation, study = stage.ablation, stage.study
    _warn(*ablation.notes)
    if dry_run:
        from plion.studies.preview import preview  # --status does without what planning imports

        if has_data(ablation.base):
            _warn(another_study(study, ablation, *stage.runs) or stage.other_trials)
        print(preview(replace(ablation, cells=stage.picked), stage.tuning))
        return 0
    refuse_another(study, ablation, *stage.runs)
    if status:
        return _status(stage)
    return _run_study(stage, engine, wishes)


def _run_study(stage: Stage, engine: Choice, wishes: Wishes) -> int:
    """Runs what is not done; InputError before anything is started."""
    ablation, study = stage.ablation, stage.study
    tried = Todo.of(stage.tried, retry_failed=wishes.retry_failed)
    todo = Todo.of(stage.ready, retry_failed=wishes.retry_failed)
    begun = [*tried.start, *todo.start, *stage.waiting]
    limits = limits_of(begun, wishes)
    if engine.name == "slurm" and limits.given:
        raise InputError(
            "--max-hours and --max-cost have no meaning with --engine slurm: limit the elements by "
            "`#SBATCH --time`"
        )
    check_runnable(begun, stage.runs[0], here=engine.name != "ray")
    waits = stage.tuning or trunk_names(stage.ablation.labelled)
    submitted = engine.name == "slurm" and not waits
    place = engine_of(engine) if begun and not submitted else None
    with writable(study):
        study.mkdir(parents=True, exist_ok=True)
    failed: list[Ended] = []
    with disk_full(study):
        stage.write_record()
        if submitted and todo.start:
            from plion.studies.engines.slurm.array import submit

            jobs = [_job(run, stage.runs[0]) for run in todo.start]
            with alone(study):
                print(submit(study, ablation.name, jobs, engine, retries=ablation.retries))
            return 0
        rules = Rules(ablation.retries, limits)
        if place:
            with opened(place) as running:
                if stage.tried:
                    failed += _run(stage, tried, engine=running, rules=rules)
                    stage.settle()
                    stage.write_record()
                    todo = Todo.of(stage.ready, retry_failed=wishes.retry_failed)
                failed += _run(stage, todo, engine=running, rules=rules)
        stage.relocate()
        stage.write_record()
    return _end(stage, failed, limits, wishes)


def _end(stage: Stage, failed: Sequence[Ended], limits: Limits, wishes: Wishes) -> int:
    """Prints how the study stands after a call; returns 0 if all is done, else 1."""
    wanted, arms = stage.wanted, stage.arms
    done = sum(run.done() for run in wanted)
    for line in told_arms(arms):
        print(line)
    told = f" with {', '.join(wishes.only)}" if wishes.only else ""
    print(f"{stage.ablation.name}: {done} of {len(wanted)} runs{told} done, {stage.study}")
    if limits.stopped:
        print(f"stopped at {limits.stopped}; the same command goes on")
    _warn(trained_alone((run.exp, run.folder) for run in stage.ready))
    for line in left(stage.ready, {one.job.name: _failure(one) for one in failed}):
        print(line)
    return 0 if done == len(wanted) and not any(map(failed_trials, arms)) else 1


def _warn(*notes: str) -> None:
    for note in filter(None, notes):
        print(f"plion: {note}", file=sys.stderr)


def _status(stage: Stage) -> int:
    """Prints the state of the runs; returns 0 if all are done, else 1."""
    stands, arms = stage.stands, stage.arms
    print(status_text(stands, stage.study))
    for line in told_arms(arms):
        print(line)
    return 0 if all(one.status == "done" for one in stands) else 1


def _job(run: Expected, base: Expected) -> Job:
    return (evaluation if run is base else training)(run.exp, run.folder)


def _run(stage: Stage, todo: Todo, *, engine: Engine, rules: Rules) -> list[Ended]:
    """Runs what is to be started and shows how far it is; returns what failed.

    Branches start when all trunks have ended; those of a trunk that failed, in this call or in an
    earlier one, do not start.
    """
    from plion.studies.watching.progress import Progress  # with rich, which --status needs not

    if not todo.start or rules.limits.stopped:
        return []
    jobs = [_job(run, stage.runs[0]) for run in todo.start]
    expected = {run.hash8: run for run in todo.start}

    def done(job: Job) -> bool:
        run = expected[job.hash8]
        return replace(run, folder=current_folder(run.folder)).done()

    def finished(one: Ended) -> None:
        if one.status:
            mark_failed(one)
        progress.finished(one)

    progress = Progress(StudyFile(stage.study), len(jobs), todo.done)
    # A tuned cell is a trial that is trained; other runs may have been killed before their tests.
    rules.limits.expect({run.name: 0.0 for run in todo.start if run.folder.trained})
    rules = replace(rules, done=done, repeats=progress.repeats, idle=progress.idle)
    trunks = trunk_names(stage.ablation.labelled)
    with progress:
        progress.places = engine.devices(jobs[-1])  # the first may be the base's evaluation
        first = [job for job in jobs if job.name not in trunks]
        failed = drive(engine, first, finished, progress.reported, rules=rules)
        undone = {job.name for job in first if not done(job)} | {run.name for run in todo.failed}
        branches = [job for job in jobs if trunks.get(job.name) not in (None, *undone)]
        if branches:
            failed += drive(engine, branches, finished, progress.reported, rules=rules)
        return failed


def _failure(one: Ended) -> str:
    return f"failed: {one.job.name}, {one.job.log}: {one.told or last_line(one.job.log)}"
