"""What a pass of an experiment draws, by how far the run has come."""

from collections.abc import Callable, Sequence

import numpy as np

from plion.config.schema import Sampler, Schedule
from plion.sampling.mixture import Draws, Statistics, mix


def mixing(sampler: Sampler, corpora: Sequence[Statistics]) -> Callable[[float], Draws]:
    """The draws of a pass as a function of the part of the held amount that is consumed before it.

    The function raises InputError for what the policy refuses.
    """
    # A policy's parameters stand in a group of its own name; a policy without has none.
    group = getattr(sampler, sampler.name, None)
    parameters = vars(group) if group else {}
    moving = sampler.schedule.parameter

    def draws(consumed: float) -> Draws:
        given = dict(parameters)
        if moving:
            given[moving] = _moved(given[moving], sampler.schedule, consumed)
        return mix(sampler.name, corpora, sampler.unit, sampler.max_repeats, **given)

    return draws


def _moved(value: float, schedule: Schedule, consumed: float) -> float:
    """Linear from `value` where the schedule begins to its target where it ends."""
    times, values = (schedule.begin, schedule.end), (value, schedule.target)
    return float(np.interp(consumed, times, values))
