"""`plion sweep`: an Optuna study over an experiment's settings, on validation error alone.

What is reproducible. A proposal is a function of the sweep's seed, the trial's number and the
trials before it (TPE; its first ten are random). Trials are proposed and run in rounds of
`--workers`, and a round's results are recorded together, so the order in which its runs end
changes nothing; a sweep that was killed goes on with the same proposals. With another number of
workers a round ends elsewhere, so from the eleventh trial on proposals know of other results.
"""

import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import FrozenTrial, TrialState, create_trial
from tabulate import tabulate

from plion.config.experiment import to_yaml
from plion.errors import InputError
from plion.planning.inputs import hash8
from plion.runs.claims import alone, locate
from plion.runs.folder import RunFolder
from plion.studies import store
from plion.studies.jobs import found_again, last_line, mark_failed, training
from plion.studies.space import METRIC, Range, Scalar, Sweep, read_sweep
from plion.studies.workers import Job, run_all
from plion.system.files import atomic_write

_STORE = "study.db"
_DEFINITION = "definition"  # the attribute of a study that says of which sweep it is
_REFUSED = 2  # exit status of a run that no other settings would help: bad request, full disk


def sweep(
    path: str | Path, overrides: Sequence[str] = (), workers: int = 1, *, status: bool = False
) -> int:
    """Runs what is not done yet of a sweep and writes `best.yaml`; 0, or 1 if a trial failed.

    Where a run is refused (exit status 2) the sweep stops there, and its trial is tried again when
    it is called again; one that fails otherwise is recorded as failed. `status` prints the trials
    and starts nothing; 0 when all of them are complete, else 1. Raises InputError for a request
    that cannot be carried out.
    """
    if workers < 1:
        raise InputError(f"--workers must be 1 or more, not {workers}")
    search = read_sweep(path, overrides)
    folder = Path(search.base.trainer.runs) / search.name
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    if status:
        return _status(folder / _STORE, search)
    with alone(folder), store.explained(folder / _STORE):
        study = _open(folder / _STORE, search)
        while trials := _next_round(study, search, workers):
            if refused := _run(study, search, trials, workers):
                _report(study, search)
                print(f"stopped: {last_line(refused.log)}", file=sys.stderr)
                print("put that right and give the same command again", file=sys.stderr)
                return 1
        outcome = _report(study, search)
        if study.get_trials(states=[TrialState.COMPLETE]):
            best = folder / "best.yaml"
            atomic_write(best, to_yaml(search.best(study.best_params)))
            print(f"best: trial {study.best_trial.number}, {best}")
    return outcome


def propose(
    trials: Sequence[FrozenTrial], space: Mapping[str, BaseDistribution], seed: int, number: int
) -> dict[str, Scalar]:
    """The settings of a trial: pure in its arguments, whatever else has been proposed."""
    own = int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=own))
    study.add_trials(trials)
    return study.ask(dict(space)).params


def distributions(space: Mapping[str, Range | list[Scalar]]) -> dict[str, BaseDistribution]:
    """The dimensions in Optuna's terms."""
    return {key: _distribution(values) for key, values in space.items()}


def _distribution(values: Range | list[Scalar]) -> BaseDistribution:
    if isinstance(values, list):
        return CategoricalDistribution(values)
    if values.whole:
        return IntDistribution(int(values.low), int(values.high), log=values.log)
    return FloatDistribution(values.low, values.high, log=values.log)


def _status(path: Path, search: Sweep) -> int:
    """Print the trials in a database without writing to it; 0 when all are complete, else 1."""
    study = store.read_study(path, search.name)
    if study is None:
        print(f"{search.name}: no trial yet")
        return 1
    _refuse_another(study, path, search)
    return _report(study, search)


def _open(path: Path, search: Sweep) -> optuna.Study:
    """The study in a database, made if need be; InputError where it is that of another sweep."""
    study = store.create(path, search.name)
    _refuse_another(study, path, search)
    if _DEFINITION not in study.user_attrs:
        study.set_user_attr(_DEFINITION, _definition(search))
    return study


def _refuse_another(study: optuna.Study, path: Path, search: Sweep) -> None:
    if study.user_attrs.get(_DEFINITION) not in (None, _definition(search)):
        raise InputError(
            f"{path} is of a sweep with another base, space, seed or data; "
            "move the folder away or give the sweep another name"
        )


def _definition(search: Sweep) -> str:
    """What makes a sweep's proposals what they are."""
    space = {k: v if isinstance(v, list) else asdict(v) for k, v in search.space.items()}
    return json.dumps([hash8(search.base), search.seed, space])


def _next_round(study: optuna.Study, search: Sweep, workers: int) -> list[FrozenTrial]:
    """The trials to run next: those a killed sweep left, and new ones up to the round's end.

    A round ends at a multiple of `workers`, wherever a kill fell. Empty when all trials are done.
    """
    space = distributions(search.space)
    running = study.get_trials(states=[TrialState.RUNNING])
    number = len(study.get_trials())
    while number < search.trials and (number % workers or not running):
        settings = propose(study.get_trials(), space, search.seed, number)
        # Added whole, so that a kill leaves no trial with half its settings.
        study.add_trial(
            create_trial(state=TrialState.RUNNING, params=settings, distributions=space)
        )
        running = study.get_trials(states=[TrialState.RUNNING])
        number += 1
    return running


def _run(
    study: optuna.Study, search: Sweep, trials: Sequence[FrozenTrial], workers: int
) -> Job | None:
    """Trains a round and records its results; a job that was refused, and whose trial was not.

    Trials of equal settings are one run.
    """
    jobs, folders, refused = {}, {}, {}
    for trial in trials:
        exp = search.trial(trial.params)
        folder = locate(exp.trainer.runs, exp.name, hash8(exp))
        folders[trial.number] = folder
        if not folder.done():
            jobs[folder.path] = training(exp, folder)

    def finished(job: Job, code: int, seconds: float) -> None:
        if code != 0:
            mark_failed(job)
        if code == _REFUSED:
            refused[job.log.parent] = job

    run_all(list(jobs.values()), workers, finished)
    for trial in trials:
        folder = folders[trial.number]
        if folder.path in refused:
            continue
        folder = found_again(folder)
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
        f"failed, see {folder.path}; to try it again remove {study} and give the same command: "
        "finished runs are used as they are"
    )


def _error(folder: RunFolder) -> float | None:
    """The macro validation error of a finished run, in percent; None if there is none."""
    record = folder.read()
    error = (record.get("validation") or {}).get("macro_error")
    if record.get("status") != "done" or not isinstance(error, int | float):
        return None
    return float(error) if math.isfinite(error) else None


def _report(study: optuna.Study, search: Sweep) -> int:
    """Prints every trial; 0 when all of them are complete, else 1."""
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
    """A number in four digits, nothing as nothing."""
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
