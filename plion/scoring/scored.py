"""One system's transcripts of one test set, counted."""

from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from plion.scoring.benchmarks import Benchmark
from plion.scoring.counts import Counts, UtteranceCounts, count
from plion.scoring.predictions import Prediction
from plion.scoring.statistics.clusters import Clusters, clusters


@dataclass(frozen=True, eq=False)
class Scored:
    """A test set as one system transcribed it.

    rows: one per utterance; utterances: the counts of each row, in the same order; counts: their
    sum.
    """

    benchmark: Benchmark
    counts: Counts
    rows: tuple[Prediction, ...]
    utterances: UtteranceCounts

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the utterances, in their order."""
        return tuple(row.id for row in self.rows)

    @property
    def references(self) -> list[str]:
        """The references as given, in the order of the utterances."""
        return [row.reference for row in self.rows]

    @property
    def texts(self) -> list[str]:
        """The transcripts without language tags, in the order of the utterances."""
        return [row.text for row in self.rows]

    @property
    def empty(self) -> list[str]:
        """The ids of utterances whose reference has no token."""
        lengths = self.utterances.lengths.tolist()
        return [row.id for row, length in zip(self.rows, lengths, strict=True) if not length]

    @cached_property  # every contrast that the set is part of needs them
    def clusters(self) -> Clusters:
        """The clusters of its utterances, which are resampled together."""
        return _clusters(
            tuple(row.block for row in self.rows),
            tuple(row.speaker for row in self.rows),
            tuple(row.sentence for row in self.rows),
        )

    def only(self, stays: NDArray[np.bool_]) -> "Scored":
        """The same with only the utterances marked in `stays` (utterances,)."""
        own = self.utterances
        columns = (own.lengths, own.substitutions, own.deletions, own.insertions)
        counts = UtteranceCounts(*(column[stays] for column in columns))
        rows = tuple(row for row, stay in zip(self.rows, stays.tolist(), strict=True) if stay)
        return replace(self, counts=counts.pooled(), rows=rows, utterances=counts)


@cache  # the systems of a study transcribe the same utterances
def _clusters(*columns: tuple[str | None, ...]) -> Clusters:
    return clusters(*columns)


def counted(benchmark: Benchmark, rows: tuple[Prediction, ...], profile: str) -> Scored:
    """Predictions of one test set, counted under a profile of normalisation.

    Raises InputError for a profile that is unknown or refused in the benchmark's language.
    """
    references, texts = [row.reference for row in rows], [row.text for row in rows]
    found = count(references, texts, benchmark.spoken, benchmark.metric, profile=profile)
    return Scored(benchmark, found.pooled(), rows, found)
