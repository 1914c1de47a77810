"""One system's transcripts of one test set, counted."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from plion.scoring.benchmarks import Benchmark
from plion.scoring.counts import Counts, Numbers, UtteranceCounts, aligned, count
from plion.scoring.faults import Faults, faults
from plion.scoring.predictions import Prediction, Rows
from plion.scoring.statistics.resampling.clusters import Clusters, clusters
from plion.text.languages import Language
from plion.text.metrics import Metric
from plion.text.tokens import tokenized

_SETS = 64  # test sets of a study


@dataclass(frozen=True, eq=False)
class Scored:
    """A test set as one system transcribed it.

    rows: one per utterance; utterances: the counts of each row, in the same order; counts: their
    sum.
    """

    benchmark: Benchmark
    counts: Counts
    rows: Rows
    utterances: UtteranceCounts

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the utterances, in their order."""
        return self.rows.column("id")

    @property
    def references(self) -> tuple[str, ...]:
        """The references as given, in the order of the utterances."""
        return self.rows.column("reference")

    @property
    def texts(self) -> tuple[str, ...]:
        """The transcripts without language tags, in the order of the utterances."""
        return self.rows.column("text")

    @property
    def empty(self) -> list[str]:
        """The ids of utterances whose reference has no token."""
        lengths = self.utterances.lengths.tolist()
        return [id for id, length in zip(self.ids, lengths, strict=True) if not length]

    @cached_property  # every contrast that the set is part of needs them
    def clusters(self) -> Clusters:
        """The clusters of its utterances, which are resampled together."""
        return _clusters(*map(self.rows.column, ("block", "speaker", "sentence")))

    @cached_property  # a run is in several comparisons
    def pairs(self) -> frozenset[tuple[str, str]]:
        """Id and reference of each utterance."""
        return _pairs(self.ids, self.references)

    @cached_property  # of every transcript
    def faults(self) -> Faults:
        """The faults of its transcripts."""
        return faults(self.references, self.texts, self.benchmark.spoken, self.utterances)

    def only(self, stays: NDArray[np.bool_]) -> "Scored":
        """The same with only the utterances marked in `stays` (utterances,)."""
        own = self.utterances.only(stays)
        rows = self.rows.only(stays.tolist())
        return replace(self, counts=own.pooled(), rows=rows, utterances=own)


# The systems of a study transcribe the same utterances.
_clusters = lru_cache(maxsize=_SETS)(clusters)


@lru_cache(maxsize=_SETS)
def _pairs(ids: tuple[str, ...], references: tuple[str, ...]) -> frozenset[tuple[str, str]]:
    return frozenset(zip(ids, references, strict=True))


def counted(
    benchmark: Benchmark, given: Iterable[Prediction], profile: str, pooled: Counts | None = None
) -> Scored:
    """Predictions of one test set, counted under a profile of normalisation; `pooled` if known.

    Raises InputError for a profile that is unknown or refused in the benchmark's language.
    """
    rows = given if isinstance(given, Rows) else Rows.of(given)
    found = count_rows(rows, benchmark.spoken, benchmark.metric, profile)
    return Scored(benchmark, pooled or found.pooled(), rows, found)


def count_rows(rows: Rows, language: Language, metric: Metric, profile: str) -> UtteranceCounts:
    """As `count`, of predictions; what is sent to another process holds no texts."""
    references, texts = rows.column("reference"), rows.column("text")
    found = count(references, texts, language, metric, profile=profile)
    return replace(found, align=partial(_aligned, rows, language, metric, profile))


def _aligned(rows: Rows, language: Language, metric: Metric, profile: str) -> Numbers:
    pairs = tokenized(
        rows.column("reference"), rows.column("text"), language, metric, profile=profile
    )
    return aligned(pairs)
