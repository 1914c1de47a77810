"""`plion sweep`: an Optuna study over an experiment's settings, by validation error alone."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import optuna
from optuna.trial import FrozenTrial, TrialState
from tabulate import tabulate

from plion.config.experiment import to_yaml
from plion.errors import InputError
from plion.planning.inputs import hash8
from plion.runs.claims import alone, locate
from plion.runs.folder import RunFolder
from plion.studies.driver import drive, opened
from plion.studies.engines.choice import LOCAL, Choice, engine_of
from plion.studies.engines.engine import REFUSED, Ended, Job
from plion.studies.jobs import current_folder, last_line, mark_failed, training
from plion.studies.search import sqlite as store
from plion.studies.search.proposals import next_round
from plion.studies.search.space import METRIC, Sweep, read_sweep
from plion.system.files import atomic_write

_STORE = "study.db"
_DEFINITION = "definition"  # attribute of a study that identifies its sweep


def sweep(
    path: str | Path,
    overrides: Sequence[str] = (),
    engine: Choice = LOCAL,
    *,
    status: bool = False,
) -> int:
    """Runs the trials of a sweep that are not done and writes `best.yaml`; returns 0, or 1 if a
    trial failed.

    A run refused with exit status 2 stops the sweep; its trial is repeated on the next call. Any
    other failure is recorded as a failed trial. `status` prints the trials and starts nothing;
    returns 0 if all are complete, else 1. Raises InputError for an invalid file or option.
    """
    search = read_sweep(path, overrides)
    folder = Path(search.base.trainer.runs) / search.name
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    if status:
        return _status(folder / _STORE, search)
    with alone(folder), store.explained(folder / _STORE):
        study = _open(folder / _STORE, search)
        while trials := next_round(study, search, engine.workers):
            if refused := _run(study, search, trials, engine):
                _report(study, search)
                print(f"stopped: {last_line(refused.log)}", file=sys.stderr)
                print("fix this and give the same command again", file=sys.stderr)
                return 1
        outcome = _report(study, search)
        if study.get_trials(states=[TrialState.COMPLETE]):
            best = folder / "best.yaml"
            atomic_write(best, to_yaml(search.best(study.best_params)))
            print(f"best: trial {study.best_trial.number}, {best}")
    return outcome


def _status(path: Path, search: Sweep) -> int:
    """Prints the trials without writing to the database; returns 0 if all are complete, else 1."""
    study = store.read_study(path, search.name)
    if study is None:
        print(f"{search.name}: no trial yet")
        return 1
    _refuse_another(study, path, search)
    return _report(study, search)


def _open(path: Path, search: Sweep) -> optuna.Study:
    """Opens or creates the study; raises InputError if it belongs to another sweep."""
    study = store.create(path, search.name)
    _refuse_another(study, path, search)
    if _DEFINITION not in study.user_attrs:
        study.set_user_attr(_DEFINITION, _definition(search))
    return study


def _refuse_another(study: optuna.Study, path: Path, search: Sweep) -> None:
    if study.user_attrs.get(_DEFINITION) not in (None, _definition(search)):
        raise InputError(
            f"{path} belongs to a sweep with another base, space, seed or data; "
            "move the folder away or rename the sweep"
        )


def _definition(search: Sweep) -> str:
    """Everything that determines a sweep's proposals and results, as text."""
    space = {k: v if isinstance(v, list) else asdict(v) for k, v in search.space.items()}
    return json.dumps([hash8(search.base), search.seed, space])


def _run(
    study: optuna.Study, search: Sweep, trials: Sequence[FrozenTrial], engine: Choice
) -> Job | None:
    """Trains a round and records its results; trials of equal settings share a run.

    Returns a refused job, whose trial is not recorded, or None.
    """
    jobs, folders, refused = {}, {}, {}
    for trial in trials:
        exp = search.trial(trial.params)
        folder = locate(exp.trainer.runs, exp.name, hash8(exp))
        folders[trial.number] = folder
        if not folder.done():
            jobs[folder.path] = training(exp, folder)

    def finished(one: Ended) -> None:
        if one.status:
            mark_failed(one)
        if one.status == REFUSED:
            refused[one.job.folder] = one.job

    if jobs:
        with opened(engine_of(engine)) as running:
            drive(running, list(jobs.values()), finished)
    for trial in trials:
        folder = folders[trial.number]
        if folder.path in refused:
            continue
        folder = current_folder(folder)
        error = _error(folder)
        if error is None:
            study.tell(trial.number, state=TrialState.FAIL)
        else:
            study.tell(trial.number, error)
        outcome = f"{METRIC} {error:.2f}" if error is not None else _failed(search, folder)
        print(f"[{trial.number + 1}/{search.trials}] {outcome}", file=sys.stderr, flush=True)
    return next(iter(refused.values()), None)


def _failed(search: Sweep, folder: RunFolder) -> str:
    study = Path(search.base.trainer.runs) / search.name / _STORE
    return (
        f"failed, see {folder.path}; to try it again remove {study} and give the same command "
        "again: finished runs are reused"
    )


def _error(folder: RunFolder) -> float | None:
    """The macro validation error of a finished run in percent, or None."""
    record = folder.read()
    return record.validation_error if record.status == "done" else None


def _report(study: optuna.Study, search: Sweep) -> int:
    """Prints every trial; returns 0 if all are complete, else 1."""
    trials = study.get_trials()
    rows = [
        [trial.number, trial.state.name.lower(), _short(trial.value)]
        + [_short(trial.params.get(key)) for key in search.space]
        for trial in trials
    ]
    print(tabulate(rows, ["trial", "state", METRIC, *search.space], disable_numparse=True))
    done = sum(trial.state == TrialState.COMPLETE for trial in trials)
    print(f"{search.name}: {done} of {search.trials} trials complete")
    return 0 if done == len(trials) >= search.trials else 1


def _short(value: object) -> str:
    """A number in four digits; empty for None."""
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
