"""Test sets of several systems, with their bootstrap replicates."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from plion.scoring.statistics.bootstrap import Floats, Group, Sample, grouped
from plion.scoring.statistics.resampling.coding import Codes
from plion.scoring.statistics.seeds import FIXED, Pool

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
