"""The trials of a sweep: their proposal by Optuna, in rounds of `parallel`.

A proposal is a function of the sweep's seed, the trial's number, the trials told in earlier rounds,
and those proposed before it in its own round, which count as running. So neither the order in which
runs end nor the number of workers matters, and a killed or extended sweep has the same proposals.
What is in the store is never proposed again.
"""

import warnings
from collections.abc import Sequence

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial, TrialState, create_trial

from plion.studies.search.space import Dimension, Range, Scalar
from plion.studies.search.sweep_file import Proposals, Sweep


def next_round(study: optuna.Study, search: Sweep) -> list[FrozenTrial]:
    """The trials to run next: those left by a killed sweep, and new ones to the end of the round.

    A round ends at a multiple of `parallel`. New trials are recorded first. Empty if none is left.
    """
    number = len(study.get_trials(deepcopy=False))
    while number < search.trials:
        running = study.get_trials(deepcopy=False, states=[TrialState.RUNNING])
        if number % search.parallel == 0 and running:
            break
        trials = study.get_trials(deepcopy=False)
        settings = propose(_as_then(trials, search.parallel, number), search, number)
        space = {one.key: distribution(one) for one in search.space if one.key in settings}
        # Added in one write, so that a kill leaves no trial with part of its settings.
        study.add_trial(
            create_trial(state=TrialState.RUNNING, params=settings, distributions=space)
        )
        number += 1
    return study.get_trials(states=[TrialState.RUNNING])


def propose(trials: Sequence[FrozenTrial], search: Sweep, number: int) -> dict[str, Scalar]:
    """Proposes the settings of trial `number`: a pure function of its arguments."""
    own = int(np.random.SeedSequence([search.seed, number]).generate_state(1)[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # group, gp
        study = optuna.create_study(
            sampler=_sampler(search.proposals, own),
            directions=["minimize"] * len(search.objectives),
        )
        study.add_trials(trials)
        trial = study.ask()
        settings: dict[str, Scalar] = {}
        for one in search.space:
            if one.applies(settings):
                settings[one.key] = _suggested(trial, one)
    return settings


def distribution(dimension: Dimension) -> BaseDistribution:
    """A dimension as Optuna's distribution."""
    values = dimension.values
    if not isinstance(values, Range):
        return CategoricalDistribution(values)
    if values.whole:
        return IntDistribution(int(values.low), int(values.high), log=values.log)
    return FloatDistribution(values.low, values.high, log=values.log)


def round_start(number: int, parallel: int) -> int:
    """The number of the first trial of a trial's round."""
    return number - number % parallel


def _as_then(trials: Sequence[FrozenTrial], parallel: int, number: int) -> list[FrozenTrial]:
    """The trials as they were when `number` was proposed first: those of its round running."""
    start = round_start(number, parallel)
    return [one if one.number < start else _running(one) for one in trials]


def _running(trial: FrozenTrial) -> FrozenTrial:
    if not trial.state.is_finished():
        return trial
    made = create_trial(
        state=TrialState.RUNNING, params=trial.params, distributions=trial.distributions
    )
    made.number = trial.number
    return made


def _sampler(name: Proposals, seed: int) -> BaseSampler:
    if name == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    if name == "gp":
        return optuna.samplers.GPSampler(seed=seed)
    return optuna.samplers.TPESampler(seed=seed, multivariate=True, group=True)


def _suggested(trial: optuna.Trial, one: Dimension) -> Scalar:
    values = one.values
    if not isinstance(values, Range):
        choice: Scalar = trial.suggest_categorical(one.key, values)  # type: ignore[assignment]
        return choice
    if values.whole:
        return trial.suggest_int(one.key, int(values.low), int(values.high), log=values.log)
    return trial.suggest_float(one.key, values.low, values.high, log=values.log)
