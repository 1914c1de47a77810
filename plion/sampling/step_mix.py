"""What optimiser steps see of each group (language or corpus), as figures."""

import math
from dataclasses import dataclass

import numpy as np

from plion.sampling.plan import Plan


@dataclass(frozen=True)
class StepMix:
    """How groups are mixed within optimiser steps.

    `entropy`: of a step's shares of utterances, over the logarithm of the number of groups, mean
    over steps: 1 where every step has the same of each, 0 where each has one group alone. With one
    group in all it is 1. `missing`: the share of steps without some group. `utterances`: a step,
    mean, and `fewest`, the least.
    """

    entropy: float
    missing: float
    utterances: float
    fewest: int


def by_step(plan: Plan, groups: np.ndarray, count: int) -> np.ndarray:
    """Utterances that each step draws of each group (steps, count).

    `groups`: the group, 0 to count - 1, of each utterance by number.
    """
    starts = plan.bounds[:: plan.per_step]
    step = np.repeat(np.arange(plan.steps), np.diff(starts))
    cell = step * count + groups[plan.numbers]
    return np.bincount(cell, minlength=plan.steps * count).reshape(plan.steps, count)


def mixed(drawn: np.ndarray) -> StepMix:
    """How steps mix groups, from the utterances that each has of each (steps, groups)."""
    sizes = drawn.sum(axis=1)
    shares = drawn / np.maximum(sizes, 1)[:, None]
    # p log 1/p is 0 where p is.
    entropy = (shares * np.log(1 / np.where(drawn > 0, shares, 1))).sum(axis=1).mean()
    return StepMix(
        entropy=float(entropy) / math.log(drawn.shape[1]) if drawn.shape[1] > 1 else 1.0,
        missing=float((drawn == 0).any(axis=1).mean()),
        utterances=float(sizes.mean()),
        fewest=int(sizes.min()),
    )


def step_mix(plan: Plan, groups: np.ndarray, count: int) -> StepMix:
    """How a plan's steps mix `count` groups, as in `by_step`; one it never draws is no part."""
    drawn = by_step(plan, groups, count)
    return mixed(drawn[:, drawn.any(axis=0)])
