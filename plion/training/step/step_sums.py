"""Sums over the ranks of what callbacks count in a step, in one all_reduce."""

from collections.abc import Sequence

import numpy as np


class Shared:
    """Numbers of callbacks that are summed over the ranks together with a step's losses.

    A callback sets `own[name]` before the optimiser steps: same name and length on every rank.
    `of_all[name]` holds the sums afterwards.
    """

    def __init__(self) -> None:
        self.own: dict[str, np.ndarray] = {}
        self.of_all: dict[str, np.ndarray] = {}

    def flat(self) -> np.ndarray:
        """This rank's numbers as one vector, in the same order on every rank."""
        return np.concatenate([np.zeros(0), *(self.own[name] for name in sorted(self.own))])

    def set_sums(self, sums: Sequence[float] | np.ndarray) -> None:
        """Sets `of_all` from the sums of all ranks' `flat()`."""
        names = sorted(self.own)
        ends = np.cumsum([len(self.own[name]) for name in names])[:-1]
        parts = np.split(np.asarray(sums, dtype=float), ends) if names else []
        self.of_all = dict(zip(names, parts, strict=True))
