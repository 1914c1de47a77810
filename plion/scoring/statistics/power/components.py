"""What the variance of a contrast of cells consists of, and how it depends on the number of seeds.

Seeds and clusters of test utterances are crossed (`plion.scoring.statistics.seeds`). The variance
over seeds is divided by the number of seeds. How differently two cells do on one cluster and on
another is not: all runs are tested on the same clusters.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import chdtri

from plion.scoring.statistics.bootstrap import Floats
from plion.scoring.statistics.estimate import LEAST
from plion.scoring.statistics.resampled import Resampled
from plion.scoring.statistics.seeds import FIXED, Pool

UPPER = 0.8  # confidence of the upper bound of the variance over seeds


@dataclass(frozen=True)
class OfRuns:
    """How an average (a run's figure) varies from seed to seed, in squared points.

    variance: at least `independent`, which it would be if the average's test sets varied
    independently. sets: the number of independent sets of equal variance that vary as much as the
    average's, 1 or more. both: the part that the variance over clusters includes too. freedom:
    degrees of freedom of the estimate; infinite if the variance is known.
    """

    variance: float
    independent: float
    sets: float
    both: float
    freedom: float

    @property
    def upper(self) -> "OfRuns":
        """With the upper bound of the variances: one-sided, at the confidence `UPPER`."""
        if np.isinf(self.freedom):
            return self
        factor = self.freedom / float(chdtri(self.freedom, UPPER))  # chi-square
        variances = (self.variance, self.independent, self.both)
        variance, independent, both = (factor * one for one in variances)
        return replace(self, variance=variance, independent=independent, both=both)


@dataclass(frozen=True)
class Components:
    """What the variance of a contrast consists of, if all cells of a study have as many seeds.

    squares: the squared coefficient of each cell compared. cells: number of cells that estimate the
    variance over seeds: all of the study if `pooled`, or if these plainly differ those compared.
    floor: the variance that no number of seeds removes, in squared points: how differently the
    cells do on different clusters. clusters: degrees of freedom of the variance over clusters.
    """

    runs: OfRuns
    squares: tuple[float, ...]
    cells: int
    floor: float
    clusters: float
    pooled: bool = True

    @property
    def upper(self) -> "Components":
        """With the upper bound of the variance over seeds; see `OfRuns.upper`."""
        return replace(self, runs=self.runs.upper)

    def over_seeds(self, seeds: int) -> float:
        """The part of the variance that is over seeds, with so many in each cell."""
        return sum(self.squares) * self.runs.variance / seeds

    def both(self, seeds: int) -> float:
        """The part of `over_seeds` that the variance over clusters includes too."""
        return sum(self.squares) * self.runs.both / seeds


def variance_of_runs(pool: Pool) -> OfRuns | None:
    """The variance over seeds as a study's cells estimate it; None if no cell has two seeds."""
    freedom = float(pool.freedoms.sum())
    if not freedom:
        return None
    sets = pool.by_set.sum(axis=0) / freedom
    independent = float(sets.sum())
    variance = max(float(pool.squares.sum()) / freedom, independent)
    number = independent**2 / float((sets**2).sum()) if independent else 1.0
    both = min(float(pool.both.sum()) / freedom, variance)
    return OfRuns(variance, independent, number, both, freedom)


def _of_contrast(pool: Pool, runs: OfRuns, own: Floats) -> OfRuns:
    """How the runs that a contrast compares vary: as all of the study, unless cells plainly differ.

    Then as a contrast's test has it, from its own cells alone. own: its coefficients, (systems,).
    """
    (seeds,) = pool.seeds(own[None])
    if seeds is None or seeds.pooled:
        return runs
    squared = float((own[pool.cells != FIXED] ** 2).sum())
    variance = seeds.variance / squared
    return OfRuns(variance, variance, 1.0, min(seeds.both / squared, variance), seeds.freedom)


def components(
    resampled: Resampled, weights: Floats, coefficients: Floats
) -> list[Components | None]:
    """What each contrast's variance consists of.

    weights: (sets,); coefficients: (contrasts, systems), equal for the seeds of a cell. None if a
    contrast's variance over seeds or over clusters is not known.
    """
    pool, cells = resampled.pool(weights), resampled.cells
    runs = variance_of_runs(pool)
    between, freedoms = resampled.between_clusters(weights, coefficients)
    trained = np.unique(cells[cells != FIXED])
    found: list[Components | None] = []
    for own, variance, freedom in zip(
        coefficients, between.tolist(), freedoms.tolist(), strict=True
    ):
        if runs is None or np.isnan(variance) or freedom + 1 < LEAST:
            found.append(None)
            continue
        its = _of_contrast(pool, runs, own)
        of_cells = [float(own[cells == cell].sum()) ** 2 for cell in trained]
        both = float((own[cells != FIXED] ** 2).sum()) * its.both
        floor = max(variance - both, 0.0)
        squares = tuple(square for square in of_cells if square)
        pooled = its is runs
        number = len(trained) if pooled else len(squares)
        found.append(Components(its, squares, number, floor, freedom, pooled))
    return found
