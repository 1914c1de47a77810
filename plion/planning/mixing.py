"""Draws per corpus of each pass, from the sampler, its schedule, and what is decided of it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from plion.sampling.adaptive import Adaptive, Replay, Shares
from plion.sampling.mixture import Draws, Statistics, mix
from plion.sampling.policy import Policy
from plion.sampling.settings import Sampler, Schedule


def mixing(
    sampler: Sampler, corpora: Sequence[Statistics], decided: Sequence[Shares] = ()
) -> Callable[[int, float], Draws]:
    """Returns a function from a pass's number to its draws.

    Its second argument is the consumed fraction of the held amount where the pass begins.
    `decided`: with a policy that draws by the shares of each pass, those of the first passes; the
    last of them stand for the passes after. The function raises InputError for parameters that the
    policy refuses.
    """
    policy = sampler.policy
    if decided and isinstance(policy, Adaptive | Replay):
        policy = Replay([*decided], policy.pass_size)

    def draws(number: int, consumed: float) -> Draws:
        known = policy.at(min(number, len(decided) - 1) if decided else number)
        own = _moved(known, sampler.schedule, consumed)
        return mix(own, corpora, sampler.unit, sampler.max_repeats)

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
