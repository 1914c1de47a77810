"""How far a figure could lie elsewhere: on other speakers, and with other seeds of the training.

Clusters of utterances are drawn with replacement (Bisani and Ney, "Bootstrap estimates for
confidence intervals in ASR performance evaluation", ICASSP 2004; by blocks: Liu and Peng,
Interspeech 2020).
Systems scored on the same utterances are drawn together, so their difference is paired; averages
over sets are taken replicate by replicate.

Where systems were trained under several seeds, seeds and clusters are crossed: their variances add
up, less what both count (`seeds.py`), and a normal deviate of the seeds' part is added to each
replicate. Runs of one seed in different cells are taken as independent.

A plain percentile interval is too narrow where there are few clusters or seeds. So replicates are
spread to the variance of the delete-one jackknife, and their quantiles from the normal's to
Student's t (the expanded percentile interval of Hesterberg, "What teachers should know about the
bootstrap", The American Statistician 2015), its degrees of freedom by Welch and Satterthwaite.
Under `clusters.MINIMUM` clusters the interval is that of Student's t itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri, stdtr, stdtrit

from plion.scoring.statistics.averages import macro_weights
from plion.scoring.statistics.bootstrap import Codes, Floats, Group, Sample, grouped
from plion.scoring.statistics.clusters import MINIMUM
from plion.scoring.statistics.estimate import (
    CONFIDENCE,
    LEAST,
    ONE_SEED,
    SEEDS,
    UTTERANCES,
    Interval,
)
from plion.scoring.statistics.seeds import FIXED, Seeds, centred, over_seeds, trained

REPLICATES = 1000
TEST_REPLICATES = 10_000  # so that p can get small enough to survive a correction for many
_ALIKE = 1e-9  # points: a smaller error is rounding


@dataclass(frozen=True, eq=False)
class Resampled:
    """Test sets and their replicates.

    rates: (sets, systems) in percent; drawn: (replicates, sets, systems); seed: of the draws;
    cells: (systems,) the cell that each is a seed of, or `FIXED`.
    """

    groups: Sequence[Group]
    rates: Floats
    drawn: Floats
    seed: int
    cells: Codes


def resample(
    samples: Sequence[Sample],
    replicates: int = REPLICATES,
    seed: int = 0,
    cells: Sequence[int] | None = None,
) -> Resampled:
    """Draws every set anew, `replicates` times; all of the same systems, with a reference token.

    cells: of each system the number of the configuration that it was trained by, `FIXED` of one
    that is as it is; by default all are.
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
    """A combination of systems' macro-average rates over the sets; see `interval`, `resample`."""
    drawn = resample(samples, replicates, seed, cells)
    return interval(drawn, macro_weights(len(samples)), coefficients)


def interval(
    resampled: Resampled, weights: Floats, coefficients: Sequence[float] | Floats
) -> Interval:
    """A sum of rates over sets and systems, with its interval.

    weights, one a set: 1/n for the macro average. coefficients, one a system: (1,) is the rate of
    one system, (1, -1) the paired difference of two, (1, -1, -1, 1) the interaction of two factors;
    (1/2, 1/2) the mean over two seeds. Systems of coefficient 0 that are seeds of a cell help to
    tell how seeds vary. What is no difference has no end below 0.
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
    if np.isnan(between):  # of one cluster alone nothing is known
        return Interval(estimate, -np.inf, np.inf, np.inf, 1.0, 1.0, 1.0, over)
    clusters, variance, of_seeds = freedom + 1, between, 0.0
    if of_trained:
        seeds = _over_seeds(resampled, used, weights, coefficients)
    if seeds:
        over = SEEDS
        variance, freedom = _crossed(seeds, between, freedom)
        of_seeds = variance - between
    if clusters < MINIMUM:
        found = _student(estimate, variance, freedom, clusters)
    else:
        deviations = _deviations(resampled, weights, coefficients, estimate, of_seeds)
        found = _from_replicates(estimate, deviations, variance, freedom, clusters)
    if seeds:
        found = replace(found, seeds=seeds.freedom, pooled=seeds.pooled)
    return replace(found, over=over)


def _from_replicates(
    estimate: float, deviations: Floats, variance: float, freedom: float, clusters: float
) -> Interval:
    spread = _expanded(deviations, variance, freedom)
    low, high = np.quantile(estimate + spread, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    beyond = min((estimate + spread <= 0).sum(), (estimate + spread >= 0).sum())
    p = min(1.0, 2 * (1 + int(beyond)) / (1 + len(spread)))
    return Interval(estimate, float(low), float(high), variance**0.5, freedom, clusters, p)


def _between_clusters(
    groups: Sequence[Group], weights: Floats, coefficients: Floats
) -> tuple[float, float]:
    """The variance of a sum of rates over clusters, and its degrees of freedom."""
    parts = [group.variance(weights[list(group.places)], coefficients) for group in groups]
    freedom = _freedom([(variance, number - 1) for variance, number in parts])
    return sum(variance for variance, _ in parts), freedom


def _over_seeds(
    resampled: Resampled, groups: Sequence[Group], weights: Floats, coefficients: Floats
) -> Seeds | None:
    """What the seeds contribute to a sum of rates; None where a cell in it has one seed only."""
    cells, parts = resampled.cells, weights[:, None] * resampled.rates
    by_cluster = np.array([_between_clusters(groups, weights, one)[0] for one in centred(cells)])
    return over_seeds(cells, parts[weights != 0], by_cluster, coefficients)


def _crossed(seeds: Seeds, between: float, freedom: float) -> tuple[float, float]:
    """The variance over seeds and clusters, and its degrees of freedom.

    To what the seeds contribute comes what the clusters do (`between`, of so many degrees of
    freedom), less what both count.
    """
    variance = max(seeds.variance + between - seeds.both, seeds.variance, between)
    return variance, _freedom(
        [(seeds.variance, seeds.freedom), (variance - seeds.variance, freedom)]
    )


def _deviations(
    resampled: Resampled, weights: Floats, coefficients: Floats, estimate: float, of_seeds: float
) -> Floats:
    """How far each replicate lies from the estimate, normal deviates of the seeds added.

    of_seeds: their variance.
    """
    used = weights != 0
    deviations: Floats = (
        np.tensordot(resampled.drawn[:, used], weights[used], (1, 0)) @ coefficients - estimate
    )
    if of_seeds > 0:
        rng = np.random.default_rng((resampled.seed, len(coefficients)))
        deviations += of_seeds**0.5 * rng.standard_normal(len(deviations))
    return deviations


def _freedom(parts: Sequence[tuple[float, float]]) -> float:
    """Degrees of freedom of a sum of variances, each with its own (Welch and Satterthwaite)."""
    total = sum(part for part, _ in parts)
    if not total:
        return min(freedom for _, freedom in parts)
    # Rounded, so that one part alone keeps its own to the digit.
    return round(total**2 / sum(part**2 / max(freedom, 1) for part, freedom in parts), 9)


def _student(estimate: float, variance: float, freedom: float, clusters: float) -> Interval:
    error = variance**0.5
    half = float(stdtrit(freedom, (1 + CONFIDENCE) / 2)) * error
    ratio = -abs(estimate) / error if error else (-np.inf if estimate else 0.0)
    p = 2 * float(stdtr(freedom, ratio))
    return Interval(estimate, estimate - half, estimate + half, error, freedom, clusters, p)


def _expanded(deviations: Floats, variance: float, freedom: float) -> Floats:
    """Sorted deviations, NaN left out, with at least this variance and the tails of Student's t.

    They are never drawn together: where few clusters have errors, a lump of replicates lies at 0,
    and would come to lie beyond it.
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
