"""The power of a planned comparison: how often it will find a true difference, given variances.

A study tests a difference by Student's t (`plion.scoring.statistics.intervals`). If the variance
were estimated by a single chi-square, power would be a tail of the noncentral t distribution. The
test's variance is a sum of two, over seeds and over clusters, with lower bounds. So power is the
mean, over values that the estimates may take, of the normal probability of a difference above the
critical one; with a single chi-square that mean is the noncentral t again.

Estimates are drawn as a Latin hypercube with a fixed seed, so the same plan has the same figures.
"""

import math
from collections import Counter
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaincinv, ndtr, ndtri, stdtrit

from plion.scoring.statistics.bootstrap import Floats
from plion.scoring.statistics.estimate import CONFIDENCE, POWER
from plion.scoring.statistics.holm import LEVEL
from plion.scoring.statistics.power.components import Components
from plion.scoring.statistics.tails import freedom_of

MOST = 1000  # seeds of a cell that are looked for
_DRAWS = 512


def power(parts: Components, seeds: int, difference: float, level: float = LEVEL) -> float:
    """The probability that a true difference (points) is found with so many seeds a cell.

    Two-sided, at p of `level` or less. Raises ValueError with fewer than two seeds, from which
    nothing is found: one seed leaves the variance over seeds unknown.
    """
    return _found(parts, seeds, abs(difference), level)


def smallest_difference(parts: Components, seeds: int | None) -> float:
    """The true difference in points that is found with a probability of `POWER`, at `LEVEL`.

    seeds: of each cell; None for any number of seeds, of which nothing is less.
    """
    errors, true = _errors(parts, seeds)
    if not true:
        return 0.0
    far = float(errors.max()) + 10 * true
    return float(brentq(lambda one: _found(parts, seeds, one, LEVEL) - POWER, 0.0, far))


def seeds_needed(parts: Components, difference: float, level: float = LEVEL) -> int | None:
    """The seeds of each cell that find a true difference (points) with a probability of `POWER`.

    At least 2. None if no number of up to `MOST` does.
    """
    reach = abs(difference)
    return (
        _fewest(parts, reach, lambda seeds: _found(parts, seeds, reach, level)) if reach else None
    )


def seeds_to_bound(
    parts: Components, difference: float, margin: float, level: float = LEVEL
) -> int | None:
    """The seeds of each cell that show a true difference to be smaller than a margin (points).

    With a probability of `POWER`, by two one-sided tests at `level`; as `seeds_needed` otherwise.
    """
    left = margin - abs(difference)
    if left <= 0:
        return None

    def shown(seeds: int | None) -> float:
        errors, true = _errors(parts, seeds)
        reach = margin - errors * _quantiles(parts, seeds, 1 - level)
        if not true:
            return 1.0
        inside = ndtr((reach - difference) / true) - ndtr((-reach - difference) / true)
        return float(np.maximum(inside, 0.0).mean())

    return _fewest(parts, left, shown)


def _fewest(parts: Components, reach: float, chance: Callable[[int | None], float]) -> int | None:
    """The fewest seeds with a chance of at least `POWER`, which rises with seeds.

    reach: points, from which the first guess is made.
    """
    if chance(None) < POWER:
        return None
    left = (reach / (ndtri((1 + CONFIDENCE) / 2) + ndtri(POWER))) ** 2 - parts.floor
    guess = parts.over_seeds(1) / left if left > 0 else MOST
    few, many = 1, MOST + 1  # few are not enough, and many are, or are too many
    tried = min(max(2, math.ceil(guess)), MOST)
    step = max(1, tried // 10)
    while many - few > 1:
        if chance(tried) >= POWER:
            many = tried
        else:
            few = tried
        if few == 1:
            tried = max(many - step, 2)
        elif many > MOST:
            tried = min(few + step, MOST)
        else:
            tried = (few + many) // 2
        step *= 2
    return None if many > MOST else many


def _found(parts: Components, seeds: int | None, difference: float, level: float) -> float:
    """The probability of an estimate beyond its critical value, on either side."""
    errors, true = _errors(parts, seeds)
    if not true:
        return float(difference > 0)
    critical = errors * _quantiles(parts, seeds, 1 - level / 2)
    sides = ndtr((difference - critical) / true) + ndtr((-difference - critical) / true)
    return float(sides.mean())


def _errors(parts: Components, seeds: int | None) -> tuple[Floats, float]:
    """Estimates of the standard error, (draws,), and the true one, in points."""
    estimates, _ = _estimates(parts, seeds)
    over_seeds = 0.0 if seeds is None else parts.over_seeds(seeds)
    return estimates, math.sqrt(over_seeds + parts.floor)


@lru_cache(maxsize=1024)
def _quantiles(parts: Components, seeds: int | None, part: float) -> Floats:
    """The quantiles of Student's t at the degrees of freedom of each estimate, (draws,)."""
    found: Floats = stdtrit(_estimates(parts, seeds)[1], part)
    return found


@lru_cache(maxsize=1024)
def _estimates(parts: Components, seeds: int | None) -> tuple[Floats, Floats]:
    """Estimates of the standard error (points) and of its degrees of freedom, (draws,) each."""
    if seeds is None:
        errors = np.sqrt(parts.floor * _ratios(0, parts.clusters))
        return errors, np.full(_DRAWS, parts.clusters)
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
    return np.sqrt(variances), freedoms


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


@lru_cache(maxsize=1024)  # the contrasts of a study share them
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
