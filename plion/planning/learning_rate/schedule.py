"""Learning-rate schedules: pure functions of the consumed fraction of the held amount."""

import math
from collections.abc import Callable

SHAPES: dict[str, Callable[[float], float]] = {
    "constant": lambda _: 1.0,
    "linear": lambda part: 1.0 - part,
    "cosine": lambda part: (1.0 + math.cos(math.pi * part)) / 2,
    # Warm-up, stable, decay (MiniCPM, arXiv 2404.06395), the decay over the last third.
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
