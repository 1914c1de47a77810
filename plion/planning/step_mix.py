"""How evenly optimiser steps mix languages or corpora (groups), in figures."""

import math
from dataclasses import dataclass

import numpy as np

from plion.sampling.plan import Plan


@dataclass(frozen=True)
class StepMix:
    """How groups are mixed within optimiser steps.

    `entropy`: the normalised entropy of a step's shares of utterances, mean over steps: 1 if every
    step has equally many of each group (or there is one group in all), 0 if every step has a single
    group. `missing`: the share of steps that lack at least one group, 0 to 1. `utterances`: mean
    number per step; `fewest`: the smallest.
    """

    entropy: float
    missing: float
    utterances: float
    fewest: int


def by_step(plan: Plan, groups: np.ndarray, count: int) -> np.ndarray:
    """How many utterances each step draws from each group, shape (steps, count).

    `groups`: the group (0 to count - 1) of each utterance number, shape (utterances,).
    """
    starts = plan.bounds[:: plan.per_step]
    step = np.repeat(np.arange(plan.steps), np.diff(starts))
    cell = step * count + groups[plan.numbers]
    return np.bincount(cell, minlength=plan.steps * count).reshape(plan.steps, count)


def mix_of_counts(drawn: np.ndarray) -> StepMix:
    """The mix of steps, from their number of utterances of each group, shape (steps, groups)."""
    sizes = drawn.sum(axis=1)
    shares = drawn / np.maximum(sizes, 1)[:, None]
    # p log 1/p is 0 at p = 0.
    entropy = (shares * np.log(1 / np.where(drawn > 0, shares, 1))).sum(axis=1).mean()
    return StepMix(
        entropy=float(entropy) / math.log(drawn.shape[1]) if drawn.shape[1] > 1 else 1.0,
        missing=float((drawn == 0).any(axis=1).mean()),
        utterances=float(sizes.mean()),
        fewest=int(sizes.min()),
    )


def step_mix(plan: Plan, groups: np.ndarray, count: int) -> StepMix:
    """The mix of a plan's steps (arguments as `by_step`), over the groups that it draws at all."""
    drawn = by_step(plan, groups, count)
    return mix_of_counts(drawn[:, drawn.any(axis=0)])
