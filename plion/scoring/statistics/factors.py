"""Jackknife variances over the clusters of test sets, of one kind or crossed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plion.scoring.statistics.resampling.coding import Codes
from plion.scoring.statistics.resampling.draws import Floats


@dataclass(frozen=True, eq=False)
class Factor:
    """One kind of clusters (speakers, say) over the sets of a group.

    present: (sets, clusters), which clusters a set has. influences: (sets, systems, clusters), see
    `bootstrap.influence`.
    """

    present: NDArray[np.bool_]
    influences: Floats

    def variance(self, weights: Floats, coefficients: Floats) -> tuple[Floats, int]:
        """The jackknife variances of weighted sums of rates, and the number of clusters used.

        weights: (sets,); coefficients: (contrasts, systems). NaN for a single cluster.
        """
        number = int(self.present[weights != 0].any(axis=0).sum())
        if number < 2:
            return np.full(len(coefficients), np.nan), number
        # Of a study's hundreds of systems a contrast has few.
        named = np.flatnonzero(coefficients.any(axis=0))
        summed = coefficients[:, named] @ np.einsum("k,ksb->sb", weights, self.influences[:, named])
        found: Floats = (number - 1) / number * (summed**2).sum(axis=1)
        return found, number

    def variances(self, weights: Floats, codes: Codes) -> Floats:
        """The variance of each system's difference from the mean of those of its code: (systems,).

        weights: (sets,); codes: (systems,) from 0.
        """
        number = int(self.present[weights != 0].any(axis=0).sum())
        if number < 2:
            return np.full(len(codes), np.nan)
        summed = np.einsum("k,ksb->sb", weights, self.influences)
        means = np.zeros((codes.max() + 1, summed.shape[1]))
        np.add.at(means, codes, summed)
        means /= np.bincount(codes)[:, None]
        found: Floats = (number - 1) / number * ((summed - means[codes]) ** 2).sum(axis=1)
        return found


def crossed_variances(speakers: Floats, sentences: Floats, both: Floats) -> Floats:
    """The variances of clusters crossed by sentences, from those of each kind and of pairs."""
    return np.maximum(np.maximum(speakers + sentences - both, speakers), sentences)
