"""Draws per corpus of each pass, from the sampler and its schedule."""

from collections.abc import Callable, Sequence

import numpy as np

from plion.config.schema import Sampler, Schedule
from plion.sampling.mixture import Draws, Statistics, mix


def mixing(sampler: Sampler, corpora: Sequence[Statistics]) -> Callable[[float], Draws]:
    """Returns a function from the consumed fraction of the held amount to the draws of a pass.

    The function raises InputError for parameters that the policy refuses.
    """
    # A policy's parameters are the group of settings with its name, if there is one.
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
    """A scheduled parameter: linear from `value` at `begin` to the target at `end`."""
    times, values = (schedule.begin, schedule.end), (value, schedule.target)
    return float(np.interp(consumed, times, values))
