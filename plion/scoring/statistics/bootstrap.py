"""Bootstrap replicates of test sets by clusters, and jackknife variances over clusters.

Sets of one corpus that share clusters, as the FLEURS sets share sentences, are resampled together.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from plion.scoring.statistics.factors import Factor, crossed_variances
from plion.scoring.statistics.resampling import draws
from plion.scoring.statistics.resampling.clusters import Clusters, single
from plion.scoring.statistics.resampling.coding import (
    Codes,
    coded_together,
    paired,
    shareable,
    totals,
)
from plion.scoring.statistics.resampling.draws import Floats as Floats
from plion.scoring.statistics.resampling.draws import percent as percent


@dataclass(frozen=True, eq=False)
class Sample:
    """One test set under one or more systems.

    errors: (systems, utterances). lengths: (utterances,), reference tokens. clusters: what is
    resampled, by default single utterances. corpus: sets of one corpus share clusters of the same
    name; empty shares none.
    """

    key: str
    errors: NDArray[np.int64]
    lengths: NDArray[np.int64]
    clusters: Clusters | None = None
    corpus: str = ""

    @cached_property
    def resampled(self) -> Clusters:
        """The clusters; single utterances if none are given."""
        return self.clusters or single(len(self.lengths))

    @cached_property
    def rates(self) -> Floats:
        """Pooled rates in percent, shape (systems,); NaN without reference tokens."""
        return percent(self.errors.sum(axis=1), np.asarray(self.lengths.sum()))


@dataclass(frozen=True, eq=False)
class Group:
    """Sets whose clusters are resampled together; `places`: their indices among all samples."""

    places: tuple[int, ...]
    samples: tuple[Sample, ...]

    @cached_property
    def _coded(self) -> list[tuple[Codes, int]]:
        return self._together([sample.resampled for sample in self.samples])

    def _together(self, clusters: Sequence[Clusters]) -> list[tuple[Codes, int]]:
        return coded_together(clusters, [sample.key for sample in self.samples])

    @cached_property
    def factors(self) -> tuple[Factor, ...]:
        """The kinds of clusters: one, or if crossed by sentences speakers, sentences and pairs."""
        kinds = [self._coded]
        if any(one.resampled.crossed for one in self.samples):
            # A set that is not crossed has the same clusters as both kinds: they count once.
            read = self._together([one.resampled.crossed or one.resampled for one in self.samples])
            kinds += [read, paired(self._coded, read)]
        return tuple(self._factor(coded) for coded in kinds)

    def _factor(self, coded: Sequence[tuple[Codes, int]]) -> Factor:
        pairs = list(zip(self.samples, coded, strict=True))
        return Factor(
            np.stack([np.bincount(codes, minlength=number) > 0 for _, (codes, number) in pairs]),
            np.stack([influence(sample, *coding) for sample, coding in pairs]),
        )

    def variance(self, weights: Floats, coefficients: Floats) -> tuple[Floats, int]:
        """The variances of weighted sums of rates, and the number of clusters they rest on.

        weights: (sets,); coefficients: (contrasts, systems). For crossed clusters as in Cameron,
        Gelbach and Miller ("Robust inference with multiway clustering", 2011): the variance over
        speakers plus that over sentences minus that over pairs of both, but at least the larger of
        the first two.
        """
        found = [factor.variance(weights, coefficients) for factor in self.factors]
        if len(found) == 1:
            return found[0]
        (speakers, many), (sentences, other), (both, _) = found
        return crossed_variances(speakers, sentences, both), min(many, other)

    def variances(self, weights: Floats, codes: Codes) -> Floats:
        """As `variance`, of each system's difference from the mean of those of its code."""
        found = [factor.variances(weights, codes) for factor in self.factors]
        if len(found) == 1:
            return found[0]
        return crossed_variances(*found)

    @cached_property
    def _totals(self) -> Floats:
        """Errors by cluster, (sets, systems + 1, clusters); the last are reference tokens."""
        return np.stack(
            [
                totals(np.vstack([sample.errors, sample.lengths]), *coding)
                for sample, coding in zip(self.samples, self._coded, strict=True)
            ]
        )

    def draw(self, coefficients: Floats, replicates: int, seed: int) -> Floats:
        """Weighted sums of systems' rates on resampled sets: (replicates, sets, contrasts).

        coefficients: (contrasts, systems). In percent. The rate of one system is exact: its counts
        are whole.
        """
        name = "+".join(sorted(sample.key for sample in self.samples))
        number, named = self._coded[0][1], np.flatnonzero(coefficients.any(axis=0))
        times = draws.drawn(number, replicates, (seed, zlib.crc32(name.encode())))
        errors = coefficients[:, named] @ self._totals[:, named]
        columns = np.concatenate([errors.reshape(-1, number), self._totals[:, -1]]).T
        step = max(1, draws.CELLS // number)
        sums = np.concatenate(
            [times[at : at + step] @ columns for at in range(0, replicates, step)]
        )
        drawn, lengths = np.split(sums, [-len(self.samples)], axis=1)
        return percent(drawn.reshape(replicates, *errors.shape[:2]), lengths[:, :, None])


def grouped(samples: Sequence[Sample]) -> list[Group]:
    """The samples in groups, in the order of their first samples.

    Sets of one corpus that share a cluster, directly or through a third set, are in one group.
    """
    found: list[tuple[str, set[str], list[int]]] = []
    for place, sample in enumerate(samples):
        known, places, others = shareable(sample.resampled), [place], []
        for corpus, names, together in found:
            if sample.corpus and corpus == sample.corpus and known & names:
                known, places = known | names, [*together, *places]
            else:
                others.append((corpus, names, together))
        found = [*others, (sample.corpus, known, sorted(places))]
    return [
        Group(tuple(places), tuple(samples[place] for place in places))
        for places in sorted(places for _, _, places in found)
    ]


def influence(sample: Sample, codes: Codes, number: int) -> Floats:
    """Delete-one jackknife influence of each cluster on the rate: (systems, clusters), in percent.

    The rate of all less the rate without the cluster, 0 where nothing would be left.
    """
    errors = totals(sample.errors, codes, number)
    lengths = totals(sample.lengths[None], codes, number)[0]
    total = lengths.sum()
    excess = 100 * (errors - errors.sum(axis=1)[:, None] * (lengths / total if total else 0.0))
    left = total - lengths
    influences: Floats = np.divide(excess, left, out=np.zeros_like(excess), where=left > 0)
    return influences
