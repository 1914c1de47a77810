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
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from plion.scoring.statistics.averages import macro_weights
from plion.scoring.statistics.bootstrap import Floats, Group, Sample
from plion.scoring.statistics.estimate import (
    LEAST,
    ONE_SEED,
    SEEDS,
    UTTERANCES,
    Interval,
    Over,
)
from plion.scoring.statistics.resampled import REPLICATES, Resampled, resample
from plion.scoring.statistics.resampling.clusters import MINIMUM
from plion.scoring.statistics.resampling.draws import CELLS
from plion.scoring.statistics.seeds import Seeds, trained
from plion.scoring.statistics.tails import crossed, expanded, student

_ALIKE = 1e-9  # points: a smaller error is rounding
_UNKNOWN = (-np.inf, np.inf)


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
    return intervals(resampled, weights[None], np.array([coefficients], dtype=np.float64))[0][0]


def intervals(
    resampled: Resampled, weights: Floats, coefficients: Floats
) -> list[tuple[Interval, ...]]:
    """As `interval`: of every contrast, each of its averages.

    weights: (averages, sets); coefficients: (contrasts, systems).
    """
    step = max(1, CELLS // (resampled.replicates * len(resampled.rates)))
    found: list[tuple[Interval, ...]] = []
    for start in range(0, len(coefficients), step):
        some = _Contrasts(resampled, coefficients[start : start + step])
        found += zip(*(some.intervals(own) for own in weights), strict=True)
    return found


@dataclass(frozen=True, eq=False)
class _Contrasts:
    """As many contrasts as are drawn at a time; coefficients: (contrasts, systems)."""

    resampled: Resampled
    coefficients: Floats
    _drawn: dict[Group, Floats] = field(default_factory=dict)

    def intervals(self, weights: Floats) -> list[Interval]:
        """Of each contrast on one average, weights: (sets,)."""
        estimates = self.coefficients @ (weights @ self.resampled.rates)
        between, freedoms = self.resampled.between_clusters(weights, self.coefficients)
        of_trained = trained(self.resampled.cells, self.coefficients)
        overs: list[Over] = [ONE_SEED if one else UTTERANCES for one in of_trained]
        if np.isnan(between).any():  # a single cluster has no variance
            columns = zip(estimates.tolist(), overs, strict=True)
            return [Interval(one, *_UNKNOWN, np.inf, 1.0, 1.0, 1.0, over) for one, over in columns]
        clusters, variances = freedoms + 1, between
        seeds: list[Seeds | None] = [None] * len(estimates)
        if of_trained.any():
            seeds = self.resampled.pool(weights).seeds(self.coefficients)
            variances, freedoms = crossed(seeds, between, freedoms)
            overs = [SEEDS if one else over for one, over in zip(seeds, overs, strict=True)]
        ends = np.empty((3, len(estimates)))
        few = clusters < MINIMUM
        ends[:, few] = student(estimates[few], variances[few], freedoms[few])
        if not few.all():
            many = ~few
            deviations = self._deviations(weights, variances - between)[many]
            deviations -= estimates[many, None]
            ends[:, many] = expanded(deviations, estimates[many], variances[many], freedoms[many])
        uncut = np.any(self.coefficients < 0, axis=1) | np.any(weights < 0)
        shown = _shown(ends, np.sqrt(variances), clusters, uncut)
        pooled = [(one.freedom, one.pooled) if one else (0.0, True) for one in seeds]
        return [
            Interval(estimate, low, high, error, freedom, number, p, over, *of_seeds)
            for estimate, (low, high, p, error), freedom, number, over, of_seeds in zip(
                *(estimates.tolist(), shown.T.tolist(), freedoms.tolist(), clusters.tolist()),
                *(overs, pooled),
                strict=True,
            )
        ]

    def _deviations(self, weights: Floats, of_seeds: Floats) -> Floats:
        """The contrasts in each replicate, plus a normal deviate of the variance `of_seeds`.

        (contrasts, replicates)
        """
        drawn = self.resampled
        found = np.zeros((drawn.replicates, len(self.coefficients)))
        for group in drawn.used(weights):
            if group not in self._drawn:
                self._drawn[group] = group.draw(self.coefficients, drawn.replicates, drawn.seed)
            for place, weight in enumerate(weights[list(group.places)]):
                if weight:
                    found += weight * self._drawn[group][:, place]
        if (of_seeds > 0).any():
            normal = _normal((drawn.seed, len(drawn.cells)), drawn.replicates)
            found += normal[:, None] * np.sqrt(np.maximum(of_seeds, 0))
        return np.ascontiguousarray(found.T)


def _shown(ends: Floats, errors: Floats, clusters: Floats, uncut: NDArray[np.bool_]) -> Floats:
    """Low, high, p and the error of each, (4, contrasts), with those ends that are not known."""
    low, high, p = ends
    alike, small = errors < _ALIKE, clusters < LEAST
    low = np.where(uncut, low, np.maximum(low, 0.0))
    return np.stack(
        [
            np.where(alike | small, -np.inf, low),
            np.where(alike | small, np.inf, high),
            np.where(small & ~alike, 1.0, p),
            np.where(alike, 0.0, errors),
        ]
    )


@lru_cache(maxsize=8)
def _normal(seed: tuple[int, int], number: int) -> Floats:
    return np.random.default_rng(seed).standard_normal(number)
