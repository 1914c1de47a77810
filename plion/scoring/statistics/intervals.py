"""Confidence intervals of rates and differences, over test utterances and training seeds.

Clusters of utterances are resampled with replacement (Bisani and Ney, "Bootstrap estimates for
confidence intervals in ASR performance evaluation", ICASSP 2004; by blocks: Liu and Peng,
Interspeech 2020). Systems scored on the same utterances are resampled together, so differences are
paired; averages over sets are computed per replicate.

For systems trained with several seeds, seeds and clusters are crossed: their variances add up,
minus the part that both include (`seeds.py`), and each replicate gets a normal deviate with the
seeds' part of the variance. Runs with the same seed in different cells are treated as independent.

A plain percentile interval is too narrow with few clusters or seeds. So deviations are scaled up to
the variance of the delete-one jackknife, and their quantiles from the normal distribution's to
Student's t (the expanded percentile interval of Hesterberg, "What teachers should know about the
bootstrap", The American Statistician 2015), with degrees of freedom by Welch and Satterthwaite.
With fewer than `clusters.MINIMUM` clusters the interval is Student's t itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from plion.scoring.statistics.averages import macro_weights
from plion.scoring.statistics.bootstrap import Floats, Group, Sample, grouped
from plion.scoring.statistics.estimate import (
    LEAST,
    ONE_SEED,
    SEEDS,
    UTTERANCES,
    Interval,
)
from plion.scoring.statistics.resampling.clusters import MINIMUM
from plion.scoring.statistics.resampling.coding import Codes
from plion.scoring.statistics.seeds import FIXED, Pool, Seeds, trained
from plion.scoring.statistics.tails import Expanded, freedom_of, student

REPLICATES = 1000
TEST_REPLICATES = 10_000  # so that p can be small enough after a correction for many tests
_ALIKE = 1e-9  # points: a smaller error is rounding


@dataclass(frozen=True, eq=False)
class Resampled:
    """Test sets and their bootstrap replicates.

    rates: (sets, systems) in percent; seed: of the random numbers; cells: (systems,) the cell of
    each system, or `FIXED`.
    """

    groups: Sequence[Group]
    rates: Floats
    replicates: int
    seed: int
    cells: Codes
    _pools: dict[bytes, Pool] = field(default_factory=dict)

    def drawn(self, coefficients: Floats) -> Floats:
        """A weighted sum of systems' rates in each replicate, (replicates, sets)."""
        return _drawn(self, tuple(coefficients.tolist()))

    def pool(self, weights: Floats) -> Pool:
        """The variance over seeds of a weighted sum of sets."""
        if (key := weights.tobytes()) not in self._pools:
            of_systems = np.zeros(len(self.cells))
            codes = np.unique(self.cells, return_inverse=True)[1]
            for group in self.groups:
                if (own := weights[list(group.places)]).any():
                    of_systems += group.variances(own, codes)
            parts = weights[:, None] * self.rates
            self._pools[key] = Pool(self.cells, parts[weights != 0], of_systems)
        return self._pools[key]


@lru_cache(maxsize=8)  # the averages of a run or contrast are of the same replicates
def _drawn(resampled: Resampled, coefficients: tuple[float, ...]) -> Floats:
    drawn = np.empty((resampled.replicates, len(resampled.rates)))
    for group in resampled.groups:
        own = group.draw(np.array(coefficients), resampled.replicates, resampled.seed)
        drawn[:, group.places] = own
    return drawn


def resample(
    samples: Sequence[Sample],
    replicates: int = REPLICATES,
    seed: int = 0,
    cells: Sequence[int] | None = None,
) -> Resampled:
    """Draw `replicates` bootstrap replicates of every test set.

    samples: of the same systems, each with at least one reference token. cells: for each system the
    number of its cell (configuration), equal for runs that differ only in the seed; `FIXED` for a
    system that the study did not train. By default all are `FIXED`.
    """
    groups = grouped(samples)
    rates = np.stack([sample.rates for sample in samples])
    codes = [FIXED] * rates.shape[1] if cells is None else cells
    return Resampled(groups, rates, replicates, seed, np.array(codes, dtype=np.intp))


def contrast(
    samples: Sequence[Sample],
    coefficients: Sequence[float] | Floats = (1.0,),
    replicates: int = REPLICATES,
    seed: int = 0,
    *,
    cells: Sequence[int] | None = None,
) -> Interval:
    """A linear combination of systems' macro averages; see `interval` and `resample`."""
    drawn = resample(samples, replicates, seed, cells)
    return interval(drawn, macro_weights(len(samples)), coefficients)


def interval(
    resampled: Resampled, weights: Floats, coefficients: Sequence[float] | Floats
) -> Interval:
    """A weighted sum of rates over sets and systems, with its interval.

    weights: (sets,), 1/n each for the macro average. coefficients: (systems,); (1,) is the rate of
    one system, (1, -1) the paired difference of two, (1, -1, -1, 1) the interaction of two factors,
    (1/2, 1/2) the mean over two seeds. Systems with coefficient 0 still contribute to the variance
    over seeds. Without negative weights or coefficients the interval is cut at 0.
    """
    of_systems = np.asarray(coefficients, dtype=np.float64)
    found = _interval(resampled, weights, of_systems)
    if found.error < _ALIKE:
        return replace(found, low=-np.inf, high=np.inf, error=0.0)
    if found.clusters < LEAST:
        return replace(found, low=-np.inf, high=np.inf, p=1.0)
    if (weights < 0).any() or (of_systems < 0).any():
        return found
    return replace(found, low=max(found.low, 0.0))


def _interval(resampled: Resampled, weights: Floats, coefficients: Floats) -> Interval:
    estimate = float(weights @ resampled.rates @ coefficients)
    used = [group for group in resampled.groups if weights[list(group.places)].any()]
    between, freedom = _between_clusters(used, weights, coefficients)
    of_trained = trained(resampled.cells, coefficients)
    seeds, over = None, ONE_SEED if of_trained else UTTERANCES
    if np.isnan(between):  # a single cluster has no variance
        return Interval(estimate, -np.inf, np.inf, np.inf, 1.0, 1.0, 1.0, over)
    clusters, variance, of_seeds = freedom + 1, between, 0.0
    if of_trained:
        seeds = resampled.pool(weights).part(coefficients)
    if seeds:
        over = SEEDS
        variance, freedom = _crossed(seeds, between, freedom)
        of_seeds = variance - between
    if clusters < MINIMUM:
        found = student(estimate, variance, freedom, clusters)
    else:
        deviations = _deviations(resampled, weights, coefficients, estimate, of_seeds=of_seeds)
        low, high, p = Expanded(deviations, variance, freedom).around(estimate)
        found = Interval(estimate, low, high, variance**0.5, freedom, clusters, p)
    if seeds:
        found = replace(found, seeds=seeds.freedom, pooled=seeds.pooled)
    return replace(found, over=over)


def _between_clusters(
    groups: Sequence[Group], weights: Floats, coefficients: Floats
) -> tuple[float, float]:
    """The variance over clusters of a weighted sum of rates, and its degrees of freedom."""
    parts = [group.variance(weights[list(group.places)], coefficients) for group in groups]
    freedom = freedom_of([(variance, number - 1) for variance, number in parts])
    return sum(variance for variance, _ in parts), freedom


def _crossed(seeds: Seeds, between: float, freedom: float) -> tuple[float, float]:
    """The variance over seeds and clusters, and its degrees of freedom.

    Adds the variance over clusters (`between`, with `freedom` degrees of freedom) to that over
    seeds, minus the part that both include.
    """
    variance = max(seeds.variance + between - seeds.both, seeds.variance, between)
    return variance, freedom_of(
        [(seeds.variance, seeds.freedom), (variance - seeds.variance, freedom)]
    )


def _deviations(
    resampled: Resampled, weights: Floats, coefficients: Floats, estimate: float, *, of_seeds: float
) -> Floats:
    """Each replicate minus the estimate, plus a normal deviate of variance `of_seeds`."""
    used = np.flatnonzero(weights)
    deviations: Floats = resampled.drawn(coefficients)[:, used] @ weights[used] - estimate
    if of_seeds > 0:
        own = (resampled.seed, len(coefficients))
        deviations += of_seeds**0.5 * _normal(own, len(deviations))
    return deviations


@lru_cache(maxsize=8)
def _normal(seed: tuple[int, int], number: int) -> Floats:
    return np.random.default_rng(seed).standard_normal(number)
