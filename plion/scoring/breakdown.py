"""Error counts of a test set by duration, reference length or any other label of utterances."""

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from plion.scoring.counts import Counts, UtteranceCounts

UNKNOWN = "unknown"
SECONDS = (2, 5, 10, 20)  # boundaries between classes of durations
TOKENS = (1, 6, 11, 21, 41)  # lower bounds of classes of reference lengths


def by_duration(durations: Sequence[float | None]) -> list[str]:
    """The class of each duration in seconds, upper bound excluded, such as `2 to 5 s`."""
    names = [f"under {SECONDS[0]} s"]
    names += [f"{low} to {high} s" for low, high in zip(SECONDS, SECONDS[1:], strict=False)]
    names.append(f"from {SECONDS[-1]} s")
    return [
        UNKNOWN if seconds is None else names[bisect_right(SECONDS, seconds)]
        for seconds in durations
    ]


def by_length(lengths: Sequence[int]) -> list[str]:
    """The class of each reference length in tokens of the benchmark's metric, such as `6 to 10`."""
    names = ["0"]
    names += [f"{low} to {end - 1}" for low, end in zip(TOKENS, TOKENS[1:], strict=False)]
    names.append(f"from {TOKENS[-1]}")
    return [names[bisect_right(TOKENS, length)] for length in lengths]


DURATIONS = tuple(by_duration([0, *SECONDS, None]))
LENGTHS = tuple(by_length([0, *TOKENS]))


def parts(labels: Sequence[str | None], counted: UtteranceCounts) -> dict[str, Counts]:
    """The pooled counts of the utterances with each label; the label None becomes `unknown`."""
    names = np.array([UNKNOWN if label is None else label for label in labels], dtype=object)
    known, codes = np.unique(names, return_inverse=True)
    columns = (
        counted.errors, counted.lengths, counted.substitutions, counted.deletions,
        counted.insertions, np.ones(len(codes)),
    )  # fmt: skip
    sums = [np.bincount(codes, column, len(known)).astype(int).tolist() for column in columns]
    return {name: Counts(*figures) for name, *figures in zip(known, *sums, strict=True)}
