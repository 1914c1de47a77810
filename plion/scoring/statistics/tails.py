"""Student's t in place of the normal: degrees of freedom, intervals, and expanded replicates."""

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtri, stdtr, stdtrit

from plion.scoring.statistics.bootstrap import Floats
from plion.scoring.statistics.estimate import CONFIDENCE, Interval


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


def expanded(deviations: Floats, variance: float, freedom: float) -> Floats:
    """Sorted deviations without NaN, scaled up to `variance` and to the tails of Student's t.

    Never scaled down: with few erroneous clusters many replicates have rate 0, and would move off
    it.
    """
    ordered = np.sort(deviations[~np.isnan(deviations)])
    drawn = ordered.std()
    if not drawn:
        return np.zeros_like(ordered)
    part = (np.arange(len(ordered)) + 0.5) / len(ordered)
    normal = ndtri(part)
    tails = np.divide(stdtrit(freedom, part), normal, out=np.ones_like(normal), where=normal != 0)
    expanded: Floats = ordered * max(1.0, variance**0.5 / drawn) * tails
    return expanded
