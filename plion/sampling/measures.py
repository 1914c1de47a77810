"""What a plan's optimiser steps see of each group (language or corpus), as figures."""

import math
from dataclasses import dataclass

import numpy as np

from plion.sampling.plan import Plan


@dataclass(frozen=True)
class StepMix:
    """How the groups are mixed within optimiser steps; a group that the run never draws is no part.

    `entropy`: of a step's shares of utterances, over the logarithm of the number of groups, mean
    over steps: 1 where every step has the same of each, 0 where each has one group alone. With one
    group in all it is 1. `missing`: the share of steps without some group. `utterances`: a step,
    mean, and `fewest`, the least.
    """

    entropy: float
    missing: float
    utterances: float
    fewest: int


def by_step(
    plan: Plan, groups: np.ndarray, count: int, weights: np.ndarray | None = None
) -> np.ndarray:
    """What each step draws of each group (steps, count).

    `groups`: the group, 0 to count - 1, of each utterance by number. `weights`: what is summed, by
    utterance number (seconds, tokens); None counts utterances.
    """
    starts = plan.bounds[:: plan.per_step]
    step = np.repeat(np.arange(plan.steps), np.diff(starts))
    cell = step * count + groups[plan.numbers]
    own = None if weights is None else weights[plan.numbers]
    return np.bincount(cell, own, plan.steps * count).reshape(plan.steps, count)


def step_mix(plan: Plan, groups: np.ndarray, count: int) -> StepMix:
    """How a plan's steps mix `count` groups; `groups` as in `by_step`."""
    drawn = by_step(plan, groups, count)
    drawn = drawn[:, drawn.any(axis=0)]
    sizes = drawn.sum(axis=1)
    shares = drawn / sizes[:, None]
    # p log 1/p is 0 where p is.
    entropy = (shares * np.log(1 / np.where(drawn > 0, shares, 1))).sum(axis=1).mean()
    return StepMix(
        entropy=float(entropy) / math.log(drawn.shape[1]) if drawn.shape[1] > 1 else 1.0,
        missing=float((drawn == 0).any(axis=1).mean()),
        utterances=float(sizes.mean()),
        fewest=int(sizes.min()),
    )


def repeats(plan: Plan, groups: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """How often an utterance of each group was drawn so far, on average, after every step.

    `sizes`: utterances of each group. Shape (steps + 1, groups), from zeros on.
    """
    drawn = np.cumsum(by_step(plan, groups, len(sizes)), axis=0) / sizes
    return np.concatenate([np.zeros((1, len(sizes))), drawn])
