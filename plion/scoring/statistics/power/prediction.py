"""The power of a planned comparison: how often it will find a true difference, given variances.

A study tests a difference by Student's t (`plion.scoring.statistics.intervals`). If the variance
were estimated by a single chi-square, power would be a tail of the noncentral t distribution. The
test's variance is a sum of two, over seeds and over clusters, with lower bounds. So power is the
mean, over values that the estimates may take, of the normal probability of a difference above the
critical one; with a single chi-square that mean is the noncentral t again.

Estimates are drawn as a Latin hypercube with a fixed seed, so the same plan has the same figures.
"""

from collections import Counter
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaincinv, ndtr, stdtrit

from plion.scoring.statistics.bootstrap import Floats
from plion.scoring.statistics.estimate import CONFIDENCE, POWER
from plion.scoring.statistics.power.components import Components
from plion.scoring.statistics.tails import freedom_of

MOST = 1000  # seeds of a cell that are looked for
_DRAWS = 1024


def power(parts: Components, seeds: int, difference: float) -> float:
    """The probability that a true difference (points) is found with so many seeds a cell.

    Two-sided, at p 0.05, uncorrected. Raises ValueError with fewer than two seeds, from which
    nothing is found: one seed leaves the variance over seeds unknown.
    """
    critical, error = _critical(parts, seeds)
    return _found(critical, error, difference)


def smallest_difference(parts: Components, seeds: int | None) -> float:
    """The true difference in points that is found with a probability of `POWER`.

    seeds: of each cell; None for any number of seeds, of which nothing is less.
    """
    critical, error = _critical(parts, seeds)
    if not error:
        return 0.0
    far = float(critical.max()) + 10 * error
    return float(brentq(lambda one: _found(critical, error, one) - POWER, 0.0, far))


def seeds_needed(parts: Components, difference: float) -> int | None:
    """The seeds of each cell that find a true difference (points) with a probability of `POWER`.

    At least 2. None if no number of up to `MOST` does.
    """

    def enough(seeds: int | None) -> bool:
        return _found(*_critical(parts, seeds), abs(difference)) >= POWER

    if not difference or not enough(None) or not enough(MOST):
        return None
    few, many = 1, 2
    while not enough(many):
        few, many = many, min(2 * many, MOST)
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if enough(middle) else (middle, many)
    return many


def _found(critical: Floats, error: float, difference: float) -> float:
    """The probability of an estimate beyond its critical value, on either side."""
    if not error:
        return float(difference > 0)
    sides = ndtr((difference - critical) / error) + ndtr((-difference - critical) / error)
    return float(sides.mean())


@lru_cache(maxsize=4096)
def _critical(parts: Components, seeds: int | None) -> tuple[Floats, float]:
    """The critical differences (draws,) by estimates of the variance, and the true error."""
    if seeds is None:
        error = np.sqrt(parts.floor)
        return error * np.sqrt(_ratios(0, parts.clusters)) * _quantile(parts.clusters), float(error)
    if seeds < 2:
        raise ValueError(f"{seeds} seeds of a cell have no variance")
    over_seeds, freedom = _over_seeds(parts, seeds)
    both = parts.both(seeds)
    clusters = (parts.floor + both) * _ratios(0, parts.clusters)
    # As in `plion.scoring.statistics.tails.crossed`.
    variances = np.maximum(over_seeds + clusters - both, np.maximum(over_seeds, clusters))
    freedoms = freedom_of(
        np.stack([over_seeds, variances - over_seeds]),
        np.broadcast_to([[freedom], [parts.clusters]], (2, _DRAWS)),
    )
    error = np.sqrt(parts.over_seeds(seeds) + parts.floor)
    return _quantile(freedoms) * np.sqrt(variances), float(error)


def _over_seeds(parts: Components, seeds: int) -> tuple[Floats, float]:
    """Estimates of a contrast's variance over seeds, (draws,), and their degrees of freedom.

    As in `plion.scoring.statistics.seeds`: pooled over all cells, but at least that of the cells
    compared, and at least the sum over sets.
    """
    each, runs, total = seeds - 1, parts.runs, sum(parts.squares)
    own, pooled, left = np.zeros(_DRAWS), np.zeros(_DRAWS), parts.cells
    for column, (square, number) in enumerate(Counter(parts.squares).items(), 3):
        ratios = _ratios(column, number * each)
        own += number * square * ratios
        pooled += number * ratios
        left -= number
    if left:
        pooled += left * _ratios(1, left * each)
    pooled *= runs.variance / parts.cells
    # The sum over sets is a part of the square of their sum, and their squares around its mean.
    around = runs.independent - runs.variance / runs.sets
    by_set = pooled / runs.sets
    if around > 0 and runs.sets > 1:
        by_set = by_set + around * _ratios(2, (runs.sets - 1) * parts.cells * each)
    estimates = np.maximum(own * runs.variance, total * np.maximum(pooled, by_set))
    return estimates / seeds, float(parts.cells * each)


def _ratios(column: int, freedom: float) -> Floats:
    """Estimates of a variance as multiples of it, (draws,): chi-square over its freedom."""
    found: Floats = 2 * gammaincinv(freedom / 2, _uniform(column)) / freedom
    return found


@lru_cache(maxsize=64)
def _uniform(column: int) -> Floats:
    """A column of the Latin hypercube."""
    order = np.random.default_rng(column).permutation(_DRAWS)
    found: Floats = (order + 0.5) / _DRAWS
    return found


def _quantile(freedom: Floats | float) -> Floats:
    """The quantile of Student's t that a difference must exceed, in standard errors."""
    found: Floats = stdtrit(freedom, (1 + CONFIDENCE) / 2)
    return found
