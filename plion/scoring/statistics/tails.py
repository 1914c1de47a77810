"""Student's t in place of the normal: degrees of freedom, intervals, and expanded replicates."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtr, stdtrit

from plion.scoring.statistics.bootstrap import Floats
from plion.scoring.statistics.estimate import CONFIDENCE, Interval

_ENDS = ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)


def freedom_of(parts: Sequence[tuple[float, float]]) -> float:
    """Degrees of freedom of a sum of (variance, freedom) parts (Welch and Satterthwaite)."""
    total = sum(part for part, _ in parts)
    if not total:
        return min(freedom for _, freedom in parts)
    # Rounded, so that a single part keeps its degrees of freedom exactly.
    return round(total**2 / sum(part**2 / max(freedom, 1) for part, freedom in parts), 9)


def student(estimate: float, variance: float, freedom: float, clusters: float) -> Interval:
    """The interval and p of Student's t; p is two-sided, of a true value of 0."""
    error = variance**0.5
    half = float(stdtrit(freedom, (1 + CONFIDENCE) / 2)) * error
    ratio = -abs(estimate) / error if error else (-np.inf if estimate else 0.0)
    p = 2 * float(stdtr(freedom, ratio))
    return Interval(estimate, estimate - half, estimate + half, error, freedom, clusters, p)


class Expanded:
    """Sorted deviations without NaN, scaled up to a variance and to the tails of Student's t.

    Never scaled down: with few erroneous clusters many replicates have rate 0, and would move off
    it.
    """

    def __init__(self, deviations: Floats, variance: float, freedom: float) -> None:
        self._ordered = np.sort(deviations[~np.isnan(deviations)])
        drawn = self._ordered.std()
        self._scale = max(1.0, variance**0.5 / drawn) if drawn else 0.0
        self._freedom = freedom

    def around(self, estimate: float) -> tuple[float, float, float]:
        """Both ends of the interval around an estimate, and its two-sided p of a true value of 0.

        Quantiles of Student's t take long. So where the deviations change their sign in their
        inner half, only the outer ones that are needed are expanded: expanding leaves these outer.
        """
        number = len(self._ordered)
        inner = self._ordered[[number // 4, number - 1 - number // 4]]
        if inner[0] < 0 < inner[1]:
            below = np.floor(np.array(_ENDS) * (number - 1)).astype(np.intp)
            first, *some, last = estimate + self._expanded(
                np.array([0, below[0], below[0] + 1, below[1], below[1] + 1, number - 1])
            )
            if first > 0 or last < 0:
                shares = np.array(_ENDS) * (number - 1) - below
                low = _between(some[0], some[1], shares[0])
                return low, _between(some[2], some[3], shares[1]), min(1.0, 2 / (1 + number))
        every = estimate + self._expanded(np.arange(number))
        low, high = np.quantile(every, _ENDS)
        beyond = min((every <= 0).sum(), (every >= 0).sum())
        return float(low), float(high), min(1.0, 2 * (1 + int(beyond)) / (1 + number))

    def _expanded(self, places: NDArray[np.intp]) -> Floats:
        part = (places + 0.5) / len(self._ordered)
        normal = ndtri(part)
        t = stdtrit(self._freedom, part)
        tails = np.divide(t, normal, out=np.ones_like(normal), where=normal != 0)
        found: Floats = self._ordered[places] * self._scale * tails
        return found


def _between(low: float, high: float, share: float) -> float:
    """As `numpy.quantile` interpolates."""
    if share < 0.5:
        return float(low + (high - low) * share)
    return float(high - (high - low) * (1 - share))
