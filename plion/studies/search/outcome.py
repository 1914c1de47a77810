"""What became of a trial, and how it is told to the study."""

from dataclasses import dataclass, field
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from plion.studies.search.halving import Curve
from plion.studies.search.sweep_file import Sweep

REASON, RUN, VALIDATION = "reason", "run", "validation"
"""Attributes of a trial: why it failed, its run's folder, its run's validation errors."""


@dataclass(frozen=True)
class Outcome:
    """The end of a trial: complete with `values`, pruned (`curve` up to that rung) or failed.

    `reason`: why it failed. `refused`: by a request that is wrong, so that repeating is useless.
    `excess`: by constraint, how far its metric is over the bound, negative below it.
    """

    state: TrialState
    values: list[float] = field(default_factory=list)
    curve: Curve = field(default_factory=dict)
    excess: dict[str, float] = field(default_factory=dict)
    reason: str = ""
    refused: bool = False
    run: str = ""
    validation: dict[str, Any] | None = None


def failed(reason: str, *, refused: bool = False, run: str = "") -> Outcome:
    """A trial that has no result."""
    return Outcome(TrialState.FAIL, reason=reason, refused=refused, run=run)


def measured(search: Sweep, validation: dict[str, Any] | None, curve: Curve, run: str) -> Outcome:
    """A trial whose run is done, with its values; failed if its validation lacks one of them."""
    values = {one.name: one.value(validation) for one in search.objectives}
    bounded = {one.metric.name: one.metric.value(validation) for one in search.constraints}
    for name, value in {**values, **bounded}.items():
        if value is None:
            return failed(f"its run has no {name}", run=run)
    most = {one.metric.name: one.most for one in search.constraints}
    return Outcome(
        TrialState.COMPLETE,
        [value for value in values.values() if value is not None],
        curve if len(values) == 1 else {},  # Optuna has no curves of several objectives
        {name: value - most[name] for name, value in bounded.items() if value is not None},
        run=run,
        validation=validation,
    )


def tell(study: optuna.Study, trial: FrozenTrial, outcome: Outcome) -> None:
    """Records a trial's outcome; a kill in the middle leaves it running, to be told again."""
    opened = optuna.Trial(study, trial._trial_id)  # the only name that a stored trial has
    for number, error in outcome.curve.items():
        if number not in trial.intermediate_values:
            opened.report(error, number)
    for name, excess in outcome.excess.items():
        if name not in trial.constraints:
            opened.set_constraint(name, excess)
    known = {REASON: outcome.reason, RUN: outcome.run, VALIDATION: outcome.validation}
    for name, value in known.items():
        if value:
            opened.set_user_attr(name, value)
    study.tell(trial.number, outcome.values or None, outcome.state)


def told(search: Sweep, trial: FrozenTrial, outcome: Outcome) -> str:
    """A line on a trial that has ended."""
    if outcome.state == TrialState.FAIL:
        said = f"failed: {outcome.reason}"
    elif outcome.state == TrialState.PRUNED:
        number, error = max(outcome.curve.items())
        said = f"pruned at validation {number}: {search.objectives[0].name} {error:.2f}"
    else:
        pairs = zip(search.objectives, outcome.values, strict=True)
        said = ", ".join(f"{metric.name} {value:.2f}" for metric, value in pairs)
        over = [f"{name} {by:.2f} over its bound" for name, by in outcome.excess.items() if by > 0]
        said = "; ".join([said, *over])
    return f"[{trial.number + 1}/{search.trials}] {said}"
