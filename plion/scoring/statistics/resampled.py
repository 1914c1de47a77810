"""Test sets of several systems, with their bootstrap replicates."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from plion.scoring.statistics.bootstrap import Floats, Group, Sample, grouped
from plion.scoring.statistics.resampling.coding import Codes
from plion.scoring.statistics.seeds import FIXED, Pool
from plion.scoring.statistics.tails import freedom_of

REPLICATES = 1000
TEST_REPLICATES = 10_000  # so that p can be small enough after a correction for many tests


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
        """Weighted sums of systems' rates in each replicate.

        coefficients: (contrasts, systems); the result: (replicates, sets, contrasts).
        """
        found = np.empty((self.replicates, len(self.rates), len(coefficients)))
        for group in self.groups:
            found[:, group.places] = group.draw(coefficients, self.replicates, self.seed)
        return found

    def used(self, weights: Floats) -> list[Group]:
        """The groups with a set of a weight above or below 0; weights: (sets,)."""
        return [group for group in self.groups if weights[list(group.places)].any()]

    def between_clusters(self, weights: Floats, coefficients: Floats) -> tuple[Floats, Floats]:
        """The variances over clusters of weighted sums of rates, and their degrees of freedom.

        weights: (sets,); coefficients: (contrasts, systems). NaN where a group has one cluster.
        """
        found = [
            group.variance(weights[list(group.places)], coefficients)
            for group in self.used(weights)
        ]
        variances = np.stack([own for own, _ in found])
        numbers = np.array([number for _, number in found], dtype=np.float64)
        freedoms = np.broadcast_to(numbers[:, None] - 1, variances.shape)
        return variances.sum(axis=0), freedom_of(variances, freedoms)

    def pool(self, weights: Floats) -> Pool:
        """The variance over seeds of a weighted sum of sets."""
        if (key := weights.tobytes()) not in self._pools:
            of_systems = np.zeros(len(self.cells))
            codes = np.unique(self.cells, return_inverse=True)[1]
            for group in self.used(weights):
                of_systems += group.variances(weights[list(group.places)], codes)
            parts = weights[:, None] * self.rates
            self._pools[key] = Pool(self.cells, parts[weights != 0], of_systems)
        return self._pools[key]


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
