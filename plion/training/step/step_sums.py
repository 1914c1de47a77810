"""Numbers of a step that its ranks add up, all in one go."""

from collections.abc import Sequence

import numpy as np


class Shared:
    """What callbacks want summed over the ranks at an optimiser step, on the way of its losses.

    Each puts its numbers into `own` before the optimiser steps, under the same name and as many on
    every rank; their sums are in `of_all` once it has.
    """

    def __init__(self) -> None:
        self.own: dict[str, np.ndarray] = {}
        self.of_all: dict[str, np.ndarray] = {}

    def flat(self) -> np.ndarray:
        """This rank's numbers end to end, in an order that all ranks have."""
        return np.concatenate([np.zeros(0), *(self.own[name] for name in sorted(self.own))])

    def settle(self, sums: Sequence[float] | np.ndarray) -> None:
        """Takes what became of `flat`."""
        names = sorted(self.own)
        ends = np.cumsum([len(self.own[name]) for name in names])[:-1]
        parts = np.split(np.asarray(sums, dtype=float), ends) if names else []
        self.of_all = dict(zip(names, parts, strict=True))
