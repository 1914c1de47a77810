"""Student's t in place of the normal: degrees of freedom, intervals, and expanded replicates.

All of several contrasts at once: estimates, variances and degrees of freedom are (contrasts,).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtr, stdtrit

from plion.scoring.statistics.bootstrap import Floats
from plion.scoring.statistics.estimate import CONFIDENCE
from plion.scoring.statistics.seeds import Seeds

_ENDS = ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)
_ROUNDING = 1e-9  # relative, far above that of a quantile
Ends = tuple[Floats, Floats, Floats]
"""The low and the high end of each interval, and its two-sided p of a true value of 0."""


def freedom_of(variances: Floats, freedoms: Floats) -> Floats:
    """Degrees of freedom of sums of variances (Welch and Satterthwaite): (parts, n) -> (n,)."""
    total = variances.sum(axis=0)
    with np.errstate(invalid="ignore"):
        found = total**2 / (variances**2 / np.maximum(freedoms, 1)).sum(axis=0)
    # Rounded, so that a single part keeps its degrees of freedom exactly.
    rounded: Floats = np.where(total == 0, freedoms.min(axis=0), found.round(9))
    return rounded


def crossed(
    seeds: Sequence[Seeds | None], between: Floats, freedoms: Floats
) -> tuple[Floats, Floats]:
    """The variances over seeds and clusters, and their degrees of freedom.

    Adds the variance over clusters (`between`, with `freedoms` degrees of freedom) to that over
    seeds, where it is known, minus the part that both include.
    """
    known = np.array([one is not None for one in seeds])
    parts = [(one.variance, one.both, one.freedom) for one in seeds if one]
    over_seeds, both, freedom = np.array(parts, dtype=np.float64).reshape(-1, 3).T
    variances, found = between.copy(), freedoms.copy()
    least = np.maximum(over_seeds, between[known])
    variances[known] = np.maximum(over_seeds + between[known] - both, least)
    found[known] = freedom_of(
        np.stack([over_seeds, variances[known] - over_seeds]), np.stack([freedom, freedoms[known]])
    )
    return variances, found


def student(estimates: Floats, variances: Floats, freedoms: Floats) -> Ends:
    """Intervals of Student's t."""
    errors = np.sqrt(variances)
    half = stdtrit(freedoms, _ENDS[1]) * errors
    none = np.where(estimates == 0, 0.0, -np.inf)
    ratios = np.divide(-abs(estimates), errors, out=none, where=errors > 0)
    return estimates - half, estimates + half, 2 * stdtr(freedoms, ratios)


def expanded(deviations: Floats, estimates: Floats, variances: Floats, freedoms: Floats) -> Ends:
    """Intervals of deviations scaled up to a variance and to the tails of Student's t.

    deviations: (contrasts, replicates), NaN in replicates without a rate, which are the same for
    all contrasts. Never scaled down: with few erroneous clusters many replicates have rate 0, and
    would move off it.
    """
    without = np.isnan(deviations[0])
    ordered = np.sort(deviations[:, ~without] if without.any() else deviations, axis=1)
    spread = ordered.std(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        scales = np.where(spread > 0, np.maximum(1.0, np.sqrt(variances) / spread), 0.0)
    found = np.empty((3, len(estimates)))
    # Quantiles of Student's t take long. Where the deviations change their sign in their inner
    # half, only those needed are expanded: expanding leaves the outer ones outer.
    quarter = ordered.shape[1] // 4
    halved = (ordered[:, quarter] < 0) & (ordered[:, -1 - quarter] > 0)
    given = (ordered, scales, estimates, freedoms)
    found[:, halved] = _of_few(*(own[halved] for own in given))
    for place in np.flatnonzero(~halved):
        found[:, place] = _of_all(*(own[place] for own in given))
    low, high, p = found
    return low, high, p


def _of_all(
    ordered: Floats, scale: float, estimate: float, freedom: float
) -> tuple[float, float, float]:
    """As `expanded`, of the sorted deviations of one contrast."""
    number = len(ordered)
    every = estimate + ordered * scale * _tails(freedom, np.arange(number), number)
    low, high = np.quantile(every, _ENDS)
    return float(low), float(high), float(_p((every <= 0).sum(), (every < 0).sum(), number))


def _of_few(ordered: Floats, scales: Floats, estimates: Floats, freedoms: Floats) -> Ends:
    """As `expanded`, of sorted deviations that change their sign in their inner half."""
    number = ordered.shape[1]
    at = np.array(_ENDS) * (number - 1)
    below = np.floor(at).astype(np.intp)
    places = np.concatenate([below, below + 1])
    tails = _tails(freedoms[:, None], places, number)
    values = estimates[:, None] + ordered[:, places] * scales[:, None] * tails
    low, high = (_between(values[:, end], values[:, end + 2], (at - below)[end]) for end in (0, 1))
    # Tails are between 1, in the middle, and those of the first: only replicates to which the
    # difference matters are expanded.
    needed = -estimates / scales
    bounds = np.stack([needed, needed / _tails(freedoms, np.zeros(1), number)])
    slack = _ROUNDING * abs(needed)
    first = (ordered < (bounds.min(axis=0) - slack)[:, None]).sum(axis=1)
    last = (ordered <= (bounds.max(axis=0) + slack)[:, None]).sum(axis=1)
    p = _p(first, first, number)
    for one in np.flatnonzero(first < last):
        near = np.arange(first[one], last[one])
        tails = _tails(freedoms[one], near, number)
        values = estimates[one] + ordered[one, near] * scales[one] * tails
        p[one] = _p(first[one] + (values <= 0).sum(), first[one] + (values < 0).sum(), number)
    return low, high, p


def _p(upto: NDArray[np.intp], below: NDArray[np.intp], number: int) -> Floats:
    """From how many of a number of replicates are at most 0, and below it."""
    found: Floats = np.minimum(1.0, 2 * (1 + np.minimum(upto, number - below)) / (1 + number))
    return found


def _tails(freedoms: Floats | float, places: NDArray[np.number], number: int) -> Floats:
    """Quantiles of Student's t divided by the normal's, at places among a number of replicates."""
    part = (places + 0.5) / number
    normal, t = ndtri(part), stdtrit(freedoms, part)
    found: Floats = np.divide(t, normal, out=np.ones_like(t), where=normal != 0)
    return found


def _between(low: Floats, high: Floats, share: float) -> Floats:
    """As `numpy.quantile` interpolates."""
    if share < 0.5:
        return low + (high - low) * share
    return high - (high - low) * (1 - share)
