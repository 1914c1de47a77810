"""Robust outlier detection: median and median absolute deviation of logarithms."""

import math

import numpy as np
from numpy.typing import NDArray

FEWEST = 10  # values needed to judge
DEVIATIONS = 5.0  # robust standard deviations of the logarithm
FACTOR = 2.0  # and at least twice, or at most half, the median: guards against tiny deviations
_MAD_TO_SIGMA = 1.4826  # of a normal distribution


def outliers(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Indices of the values that are far from the median, the farthest first.

    Measures distances of logarithms in median absolute deviations, scaled to standard deviations.
    Ignores values of 0 or less. Empty for fewer than FEWEST values.
    """
    positions = np.flatnonzero(values > 0)
    if len(positions) < FEWEST:
        return np.zeros(0, dtype=np.int64)
    logs = np.log(values[positions])
    distance = np.abs(logs - np.median(logs))
    limit = max(DEVIATIONS * _MAD_TO_SIGMA * float(np.median(distance)), math.log(FACTOR))
    far = np.flatnonzero(distance > limit)
    return positions[far[np.argsort(-distance[far], kind="stable")]]
