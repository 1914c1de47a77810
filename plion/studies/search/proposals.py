"""The trials of a sweep: their proposal by Optuna, in rounds.

Reproducibility: a proposal is a function of the sweep's seed, the trial's number and the earlier
trials (TPE; its first ten are random). Trials run in rounds of `--workers`, and a round's results
are recorded together, so the order in which runs end does not matter, and a killed sweep continues
with the same proposals. Another number of workers makes other rounds, so that proposals from the
eleventh trial on depend on other results.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import FrozenTrial, TrialState, create_trial

from plion.studies.search.space import Range, Scalar, Sweep


def propose(
    trials: Sequence[FrozenTrial], space: Mapping[str, BaseDistribution], seed: int, number: int
) -> dict[str, Scalar]:
    """Proposes the settings of trial `number`: a pure function of its arguments (TPE)."""
    own = int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=own))
    study.add_trials(trials)
    return study.ask(dict(space)).params


def distributions(space: Mapping[str, Range | list[Scalar]]) -> dict[str, BaseDistribution]:
    """The dimensions of a space as Optuna's distributions."""
    return {key: _distribution(values) for key, values in space.items()}


def _distribution(values: Range | list[Scalar]) -> BaseDistribution:
    if isinstance(values, list):
        return CategoricalDistribution(values)
    if values.whole:
        return IntDistribution(int(values.low), int(values.high), log=values.log)
    return FloatDistribution(values.low, values.high, log=values.log)


def next_round(study: optuna.Study, search: Sweep, workers: int) -> list[FrozenTrial]:
    """The trials to run next: those left by a killed sweep, and new ones to the end of the round.

    A round always ends at a multiple of `workers`. Empty if all trials are done.
    """
    space = distributions(search.space)
    running = study.get_trials(states=[TrialState.RUNNING])
    number = len(study.get_trials())
    while number < search.trials and (number % workers or not running):
        settings = propose(study.get_trials(), space, search.seed, number)
        # Added in one write, so that a kill leaves no trial with part of its settings.
        study.add_trial(
            create_trial(state=TrialState.RUNNING, params=settings, distributions=space)
        )
        running = study.get_trials(states=[TrialState.RUNNING])
        number += 1
    return running
