"""Utterances of a test set by what is known of them, and the counts of each part."""

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from plion.scoring.counts import Counts, UtteranceCounts

UNKNOWN = "unknown"
SECONDS = (2, 5, 10, 20)  # where a class of durations ends and the next begins
TOKENS = (1, 6, 11, 21, 41)  # where a class of reference lengths begins


def by_duration(durations: Sequence[float | None]) -> list[str]:
    """The class of each duration in seconds, a class without its upper bound: `2 to 5 s`."""
    names = [f"under {SECONDS[0]} s"]
    names += [f"{low} to {high} s" for low, high in zip(SECONDS, SECONDS[1:], strict=False)]
    names.append(f"from {SECONDS[-1]} s")
    return [
        UNKNOWN if seconds is None else names[bisect_right(SECONDS, seconds)]
        for seconds in durations
    ]


def by_length(lengths: Sequence[int]) -> list[str]:
    """The class of each reference's length in tokens of the benchmark's metric: `6 to 10`."""
    names = ["0"]
    names += [f"{low} to {end - 1}" for low, end in zip(TOKENS, TOKENS[1:], strict=False)]
    names.append(f"from {TOKENS[-1]}")
    return [names[bisect_right(TOKENS, length)] for length in lengths]


DURATIONS = tuple(by_duration([0, *SECONDS, None]))
LENGTHS = tuple(by_length([0, *TOKENS]))


def parts(labels: Sequence[str | None], counted: UtteranceCounts) -> dict[str, Counts]:
    """The pooled counts of the utterances under each label, by label; None is `unknown`."""
    names = np.array([UNKNOWN if label is None else label for label in labels], dtype=object)
    known, codes = np.unique(names, return_inverse=True)
    columns = (
        counted.errors, counted.lengths, counted.substitutions, counted.deletions,
        counted.insertions, np.ones(len(codes)),
    )  # fmt: skip
    sums = [np.bincount(codes, column, len(known)).astype(int).tolist() for column in columns]
    return {name: Counts(*figures) for name, *figures in zip(known, *sums, strict=True)}
