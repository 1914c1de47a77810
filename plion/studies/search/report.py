"""What `plion sweep` prints and writes of a study: its trials, and the best as experiments."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState
from tabulate import tabulate

from plion.config.experiment import to_yaml
from plion.runs.folder import RunFolder
from plion.studies.search.outcome import REASON, RUN
from plion.studies.search.sweep_file import Sweep
from plion.system.files import atomic_write

_STATES = {
    TrialState.COMPLETE: "complete",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
}  # any other: waiting


def report(trials: Sequence[FrozenTrial], search: Sweep) -> int:
    """Prints every trial; returns 0 if all are complete or pruned, else 1."""
    print(_table(trials, search))
    count = {state: sum(one.state == state for one in trials) for state in TrialState}
    parts = [f"{count[TrialState.COMPLETE]} of {search.trials} trials complete"]
    for state in (TrialState.PRUNED, TrialState.FAIL, TrialState.RUNNING):
        if count[state]:
            parts.append(f"{count[state]} {_state(state)}")
    print(f"{search.name}: {', '.join(parts)}")
    for one in trials:
        if one.state == TrialState.FAIL:
            print(f"trial {one.number} failed: {one.user_attrs.get(REASON, 'no reason recorded')}")
    ended = count[TrialState.COMPLETE] + count[TrialState.PRUNED]
    return 0 if ended == len(trials) >= search.trials else 1


def best_trials(study: optuna.Study) -> list[FrozenTrial]:
    """The best complete trial within the constraints; of several objectives the Pareto front."""
    if len(study.directions) > 1:
        front: list[FrozenTrial] = study.best_trials
        return [one for one in front if feasible(one)]
    complete = study.get_trials(states=[TrialState.COMPLETE])
    within = [one for one in complete if feasible(one) and one.value is not None]
    return [min(within, key=lambda one: (one.value, one.number))] if within else []


def feasible(trial: FrozenTrial) -> bool:
    """Whether a trial violates no constraint."""
    return all(excess <= 0 for excess in trial.constraints.values())


def write_best(study: optuna.Study, search: Sweep, folder: Path) -> None:
    """Writes the best trial to best.yaml, or each of a Pareto front to best-NUMBER.yaml."""
    best = best_trials(study)
    several = len(search.objectives) > 1
    files = {folder / (f"best-{one.number}.yaml" if several else "best.yaml"): one for one in best}
    for path in {*folder.glob("best.yaml"), *folder.glob("best-*.yaml")} - set(files):
        path.unlink()
    for path, one in files.items():
        atomic_write(path, to_yaml(search.best(one.params)))
        print(f"best: trial {one.number}, {path}")
    if not best and search.constraints and study.get_trials(states=[TrialState.COMPLETE]):
        print("best: none, as every complete trial violates a constraint")


def _table(trials: Sequence[FrozenTrial], search: Sweep) -> str:
    rungs = list(search.halving.rungs) if search.halving else []
    keys = [one.key for one in search.space]
    header = ["trial", "state", *(one.name for one in search.objectives)]
    header += [f"at {rung}/{search.base.trainer.validations}" for rung in rungs]
    header += [f"{one.metric.name} - {one.most:g}" for one in search.constraints]
    rows = []
    for trial in trials:
        curve = trial.intermediate_values
        values = trial.values if trial.state == TrialState.COMPLETE and trial.values else []
        cells: list[object] = [trial.number, _state(trial.state)]
        cells += [*values, *[None] * (len(search.objectives) - len(values))]
        cells += [_at(curve, rung) for rung in rungs]
        cells += [trial.constraints.get(one.metric.name) for one in search.constraints]
        cells += [trial.params.get(key) for key in keys]
        rows.append([*map(_short, cells), trial.user_attrs.get(RUN, "")])
    return tabulate(rows, [*header, *keys, "run"], disable_numparse=True)


def _at(curve: dict[int, float], rung: int) -> float | None:
    number = min((number for number in curve if number >= rung), default=None)
    return None if number is None else curve[number]


def _state(state: TrialState) -> str:
    return "failed" if state == TrialState.FAIL else state.name.lower()


def _short(value: object) -> str:
    """A number in four digits; empty for None."""
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def write_listing(
    folder: Path, study: optuna.Study, search: Sweep, running: Mapping[int, RunFolder]
) -> None:
    """Writes sweep.json for those who watch, and for the dossier.

    `running`: the runs of trials that are not told yet, by their numbers.
    """
    content = {
        "name": search.name,
        "metric": ", ".join(metric.name for metric in search.objectives),
        "trials": search.trials,
        "hold": asdict(search.base.hold),
        "search": search.definition(),
        "runs": [_listed(trial, running.get(trial.number)) for trial in study.get_trials()],
    }
    atomic_write(folder / "sweep.json", json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _listed(trial: FrozenTrial, running: RunFolder | None) -> dict[str, Any]:
    """A trial; without a hash and a folder if it was refused before it had a run."""
    folder = running.path.name if running else trial.user_attrs.get(RUN, "")
    return {
        "trial": trial.number,
        "run": f"trial {trial.number}",
        "hash": folder.rpartition("-")[2],
        "folder": folder,
        "state": _STATES.get(trial.state, "waiting"),
        "reason": trial.user_attrs.get(REASON, ""),
        "value": trial.values[0] if trial.values else None,
        "settings": trial.params,
    }
