"""Learning-rate schedules: pure functions of the consumed part of the held amount."""

import math
from collections.abc import Callable

import numpy as np

from plion.config.training import WSD_DECAY, Optim
from plion.sampling.plan import Plan

SHAPES: dict[str, Callable[[float], float]] = {
    "constant": lambda _: 1.0,
    "linear": lambda part: 1.0 - part,
    "cosine": lambda part: (1.0 + math.cos(math.pi * part)) / 2,
    # Warm-up, stable, decay (MiniCPM, arXiv 2404.06395), the decay over WSD_DECAY, the last third.
    "wsd": lambda part: min(1.0, 3.0 * (1.0 - part)),
}


def factor(shape: str, warmup: float, floor: float, fraction: float) -> float:
    """Multiplier of the peak learning rate at `fraction` (0 to 1) of the held amount.

    Rises linearly from 0 over `warmup`, then falls along `shape` to `floor`.
    """
    if fraction < warmup:
        return fraction / warmup
    after = (fraction - warmup) / (1.0 - warmup) if warmup < 1.0 else 1.0
    return floor + (1.0 - floor) * SHAPES[shape](min(after, 1.0))


def step_factors(optim: Optim, plan: Plan) -> list[float]:
    """Multiplier of the peak learning rate in every optimiser step of a planned run.

    Evaluated at the middle of each step, so that no step has a rate of zero. With
    `optim.warmup_amount` the warm-up is that amount of the held quantity; the decay of `wsd` is
    then a part of the whole held amount, warm-up included, and begins at `decay_step`, so that runs
    of different amounts are equal up to there.
    """
    amount, rise = plan.hold.amount, optim.warmup_amount
    middles = _middles(plan.fractions)
    if rise is None:
        return [factor(optim.schedule, optim.warmup, optim.floor, part) for part in middles]
    if optim.schedule == "wsd":
        stable = decay_step(plan, amount)
        middles[:stable] = [0.0] * stable
    else:
        middles = [_after(min(rise / amount, 1.0), part) for part in middles]
    return [
        at / rise if at < rise else optim.floor + (1.0 - optim.floor) * SHAPES[optim.schedule](part)
        for at, part in zip(_middles(plan.consumed), middles, strict=True)
    ]


def decay_step(plan: Plan, amount: float) -> int:
    """Optimiser steps before the decay of a run that is held to `amount`, with a `warmup_amount`.

    `plan`: of that run, or of a longer one that is equal up to its end. The steps of the decay
    consume `WSD_DECAY` of the amount at most; it has the last step at least.
    """
    steps = min(int(np.searchsorted(plan.consumed, amount)), plan.steps)
    left = plan.consumed[steps] - plan.consumed[:steps]
    return min(int((left > WSD_DECAY * amount).sum()), steps - 1)


def _middles(values: np.ndarray) -> list[float]:
    """The values halfway through every step, of those at its ends."""
    middles: list[float] = ((values[:-1] + values[1:]) / 2).tolist()
    return middles


def _after(begins: float, part: float) -> float:
    """The part of what follows the warm-up, 0 to 1."""
    return min((part - begins) / (1.0 - begins), 1.0) if begins < 1.0 else 1.0
