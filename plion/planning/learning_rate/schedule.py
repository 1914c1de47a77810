"""Learning-rate schedules: pure functions of the consumed part of the held amount."""

import math
from collections.abc import Callable

import numpy as np

from plion.config.training import Optim
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
    then a part of the whole held amount, warm-up included, so that runs of different amounts are
    equal up to their decays.
    """
    middles = _middles(plan.fractions)
    rise = optim.warmup_amount
    if rise is None:
        return [factor(optim.schedule, optim.warmup, optim.floor, part) for part in middles]
    begins = 0.0 if optim.schedule == "wsd" else min(rise / plan.hold.amount, 1.0)
    return [
        at / rise
        if at < rise
        else optim.floor + (1.0 - optim.floor) * SHAPES[optim.schedule](_after(begins, part))
        for at, part in zip(_middles(plan.consumed), middles, strict=True)
    ]


def decay_step(optim: Optim, plan: Plan, amount: float) -> int:
    """Optimiser steps before the decay of a run that is held to `amount`.

    `plan`: of that run, or of a longer one that is equal up to there. The optimiser has schedule
    `wsd` and a `warmup_amount`. At least the run's last step is left.
    """
    steps = min(int(np.searchsorted(plan.consumed, amount)), plan.steps)
    parts = np.minimum(plan.consumed[: steps + 1] / amount, 1.0)
    stable = next(
        (step for step, part in enumerate(_middles(parts)) if SHAPES["wsd"](part) < 1.0), steps
    )
    return min(stable, steps - 1)


def _middles(values: np.ndarray) -> list[float]:
    """The values halfway through every step, of those at its ends."""
    middles: list[float] = ((values[:-1] + values[1:]) / 2).tolist()
    return middles


def _after(begins: float, part: float) -> float:
    """The part of what follows the warm-up, 0 to 1."""
    return min((part - begins) / (1.0 - begins), 1.0) if begins < 1.0 else 1.0
