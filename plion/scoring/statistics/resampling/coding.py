"""Clusters of several test sets as codes: numbers that are the same for the same cluster."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plion.scoring.statistics.resampling.clusters import UTTERANCE, Clusters

Codes = NDArray[np.intp]


def shareable(clusters: Clusters) -> set[str]:
    """The cluster names that another set may share: all but those of single utterances."""
    alone = clusters.kind == UTTERANCE
    own = {name for name in clusters.names if not (alone or _unknown(name))}
    return own | (shareable(clusters.crossed) if clusters.crossed else set())


def _unknown(name: str) -> bool:
    return name.startswith(f"{UTTERANCE} ")


def coded_together(clusters: Sequence[Clusters], keys: Sequence[str]) -> list[tuple[Codes, int]]:
    """Cluster codes of each set's utterances, the same for the same name, and their number."""
    if len(clusters) == 1:
        return [(clusters[0].codes, len(clusters[0].names))]
    named = [
        np.array([f"{key} {name}" if _unknown(name) else name for name in one.names], dtype=object)
        for one, key in zip(clusters, keys, strict=True)
    ]
    own, number = _numbered(named)
    return [(codes[one.codes], number) for codes, one in zip(own, clusters, strict=True)]


def paired(
    first: Sequence[tuple[Codes, int]], second: Sequence[tuple[Codes, int]]
) -> list[tuple[Codes, int]]:
    """Codes of the pairs of first and second clusters of utterances, and their number."""
    joined = [one * number + two for (one, _), (two, number) in zip(first, second, strict=True)]
    own, number = _numbered(joined)
    return [(codes, number) for codes in own]


def _numbered(values: Sequence[NDArray[Any]]) -> tuple[list[Codes], int]:
    """Codes of values, the same for equal values of any array, and their number."""
    known, codes = np.unique(np.concatenate(values), return_inverse=True)
    ends = np.cumsum([len(own) for own in values])[:-1]
    return np.split(codes, ends), len(known)


def totals(columns: NDArray[np.int64], codes: Codes, number: int) -> NDArray[np.float64]:
    """Sums of each row by cluster, shape (rows, clusters)."""
    rows = len(columns)
    apart = codes + number * np.arange(rows)[:, None]
    sums = np.bincount(apart.ravel(), weights=columns.ravel(), minlength=rows * number)
    return np.asarray(sums, dtype=np.float64).reshape(rows, number)
