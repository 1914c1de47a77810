"""Draws per corpus of each pass, from the sampler and its schedule."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from plion.sampling.mixture import Draws, Statistics, mix
from plion.sampling.policy import Policy
from plion.sampling.settings import Sampler, Schedule


def mixing(sampler: Sampler, corpora: Sequence[Statistics]) -> Callable[[float], Draws]:
    """Returns a function from the consumed fraction of the held amount to the draws of a pass.

    The function raises InputError for parameters that the policy refuses.
    """

    def draws(consumed: float) -> Draws:
        policy = _moved(sampler.policy, sampler.schedule, consumed)
        return mix(policy, corpora, sampler.unit, sampler.max_repeats)

    return draws


def _moved(policy: Policy, schedule: Schedule, consumed: float) -> Policy:
    """The policy with the scheduled parameter: linear from its value at `begin` to the target."""
    if not schedule.parameter:
        return policy
    times, values = (
        (schedule.begin, schedule.end),
        (getattr(policy, schedule.parameter), schedule.target),
    )
    return replace(policy, **{schedule.parameter: float(np.interp(consumed, times, values))})
