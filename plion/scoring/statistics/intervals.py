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

import numpy as np

from plion.scoring.statistics.averages import macro_weights
from plion.scoring.statistics.bootstrap import Floats, Group, Sample, grouped
from plion.scoring.statistics.clusters import MINIMUM
from plion.scoring.statistics.coding import Codes
from plion.scoring.statistics.estimate import (
    CONFIDENCE,
    LEAST,
    ONE_SEED,
    SEEDS,
    UTTERANCES,
    Interval,
)
from plion.scoring.statistics.seeds import FIXED, Seeds, centred, over_seeds, trained
from plion.scoring.statistics.tails import expanded, freedom_of, student

REPLICATES = 1000
TEST_REPLICATES = 10_000  # so that p can be small enough after a correction for many tests
_ALIKE = 1e-9  # points: a smaller error is rounding


@dataclass(frozen=True, eq=False)
class Resampled:
    """Test sets and their bootstrap replicates.

    rates: (sets, systems) in percent; drawn: the same of each replicate, (replicates, sets,
    systems); seed: of the random numbers; cells: (systems,) the cell of each system, or `FIXED`.
    """

    groups: Sequence[Group]
    rates: Floats
    drawn: Floats
    seed: int
    cells: Codes
    by_cluster: dict[bytes, Floats] = field(default_factory=dict)  # see `_by_cluster`


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
    drawn = np.empty((replicates, *rates.shape))
    for group in groups:
        drawn[:, group.places] = group.draw(replicates, seed)
    codes = [FIXED] * rates.shape[1] if cells is None else cells
    return Resampled(groups, rates, drawn, seed, np.array(codes, dtype=np.intp))


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
        seeds = _over_seeds(resampled, used, weights, coefficients)
    if seeds:
        over = SEEDS
        variance, freedom = _crossed(seeds, between, freedom)
        of_seeds = variance - between
    if clusters < MINIMUM:
        found = student(estimate, variance, freedom, clusters)
    else:
        deviations = _deviations(resampled, weights, coefficients, estimate, of_seeds=of_seeds)
        found = _from_replicates(estimate, deviations, variance, freedom, clusters=clusters)
    if seeds:
        found = replace(found, seeds=seeds.freedom, pooled=seeds.pooled)
    return replace(found, over=over)


def _from_replicates(
    estimate: float, deviations: Floats, variance: float, freedom: float, *, clusters: float
) -> Interval:
    spread = expanded(deviations, variance, freedom)
    low, high = np.quantile(estimate + spread, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    beyond = min((estimate + spread <= 0).sum(), (estimate + spread >= 0).sum())
    p = min(1.0, 2 * (1 + int(beyond)) / (1 + len(spread)))
    return Interval(estimate, float(low), float(high), variance**0.5, freedom, clusters, p)


def _between_clusters(
    groups: Sequence[Group], weights: Floats, coefficients: Floats
) -> tuple[float, float]:
    """The variance over clusters of a weighted sum of rates, and its degrees of freedom."""
    parts = [group.variance(weights[list(group.places)], coefficients) for group in groups]
    freedom = freedom_of([(variance, number - 1) for variance, number in parts])
    return sum(variance for variance, _ in parts), freedom


def _over_seeds(
    resampled: Resampled, groups: Sequence[Group], weights: Floats, coefficients: Floats
) -> Seeds | None:
    """The seeds' part of the variance; None if one of the cells compared has one seed only."""
    cells, parts = resampled.cells, weights[:, None] * resampled.rates
    of_systems = _by_cluster(resampled, groups, weights)
    return over_seeds(cells, parts[weights != 0], of_systems, coefficients)


def _by_cluster(resampled: Resampled, groups: Sequence[Group], weights: Floats) -> Floats:
    """The variance over clusters of each system's difference from its cell's mean, (systems,)."""
    known, key, rows = resampled.by_cluster, weights.tobytes(), centred(resampled.cells)
    if key not in known:
        known[key] = np.array([_between_clusters(groups, weights, one)[0] for one in rows])
    return known[key]


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
    used, named = np.flatnonzero(weights), np.arange(len(coefficients))
    if np.count_nonzero(coefficients) == 1:  # of more, the order of the sum would change its bits
        named = np.flatnonzero(coefficients)
    drawn = resampled.drawn[:, used[:, None], named]
    deviations: Floats = np.tensordot(drawn, weights[used], (1, 0)) @ coefficients[named] - estimate
    if of_seeds > 0:
        rng = np.random.default_rng((resampled.seed, len(coefficients)))
        deviations += of_seeds**0.5 * rng.standard_normal(len(deviations))
    return deviations
