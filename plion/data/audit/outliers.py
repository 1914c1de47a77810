"""Values that are far from all others, judged so that a few of them do not hide each other."""

import math

import numpy as np
from numpy.typing import NDArray

FEWEST = 10  # values, below which nothing is said
DEVIATIONS = 5.0  # robust standard deviations of the logarithm
FACTOR = 2.0  # at least so many times the median, or so small a part: else alike is alike
_MAD_TO_SIGMA = 1.4826  # of a normal distribution


def outliers(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Positions of the values that are far from the median, the farthest first.

    Distance is that of logarithms; the unit is the median absolute deviation, scaled to a standard
    deviation. Values that are 0 or less have no logarithm and are left out.
    """
    positions = np.flatnonzero(values > 0)
    if len(positions) < FEWEST:
        return np.zeros(0, dtype=np.int64)
    logs = np.log(values[positions])
    distance = np.abs(logs - np.median(logs))
    limit = max(DEVIATIONS * _MAD_TO_SIGMA * float(np.median(distance)), math.log(FACTOR))
    far = np.flatnonzero(distance > limit)
    return positions[far[np.argsort(-distance[far], kind="stable")]]
