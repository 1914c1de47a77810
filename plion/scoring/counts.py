"""Count errors of transcripts against references: tokens, alignments, pooled counts, rates.

Counts come from RapidFuzz's alignments, which jiwer uses too. Their total is the edit distance, the
minimum number of errors. NIST's sclite may count more: it weighs a substitution 4 and a deletion or
an insertion 3, and so prefers three deletions and three insertions (18) to five substitutions (20).
The split into substitutions, deletions and insertions depends on ties, and so on the tool.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from plion.errors import InputError
from plion.scoring.statistics.averages import macro_average
from plion.text.languages import Language
from plion.text.metrics import Metric
from plion.text.normalize import resolve_profile
from plion.text.tokens import differing, tokenized, tokens_of

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Counts:
    """Pooled error counts of a number of utterances; `+` pools two."""

    errors: int
    reference_length: int
    substitutions: int
    deletions: int
    insertions: int
    n_utterances: int

    @property
    def rate(self) -> float | None:
        """Errors in percent of the reference tokens; None if there are none."""
        if not self.reference_length:
            return None
        return 100 * self.errors / self.reference_length

    def __add__(self, other: "Counts") -> "Counts":
        """The pooled counts of both."""
        pairs = zip(asdict(self).values(), asdict(other).values(), strict=True)
        return Counts(*(a + b for a, b in pairs))


@dataclass(frozen=True, eq=False)
class UtteranceCounts:
    """Error counts per utterance, arrays of shape (utterances,).

    lengths: reference tokens. said: tokens of the hypothesis. errors: edit distance; for an empty
    reference, the number of inserted tokens. align: finds substitutions, deletions and insertions,
    (utterances, 3), which take longer than their sum and are seldom asked for.
    """

    lengths: Numbers
    said: Numbers
    errors: Numbers
    align: Callable[[], Numbers]

    @cached_property
    def _aligned(self) -> Numbers:
        return self.align()

    @property
    def substitutions(self) -> Numbers:
        """Of each utterance."""
        return self._aligned[:, 0]

    @property
    def deletions(self) -> Numbers:
        """Of each utterance."""
        return self._aligned[:, 1]

    @property
    def insertions(self) -> Numbers:
        """Of each utterance."""
        return self._aligned[:, 2]

    def only(self, stays: NDArray[np.bool_]) -> "UtteranceCounts":
        """The same of the utterances marked in `stays` (utterances,)."""
        columns = (self.lengths[stays], self.said[stays], self.errors[stays])
        return UtteranceCounts(*columns, lambda: self._aligned[stays])

    @property
    def capped_errors(self) -> Numbers:
        """Errors of each utterance, capped at its reference's length (0 for an empty reference).

        A hypothesis that loops has as many insertions as the decoding limit allows. Capped, the
        rate is at most 100 % and says how much of the reference was missed.
        """
        return np.minimum(self.errors, self.lengths)

    def pooled(self, *, capped: bool = False) -> Counts:
        """The sum over utterances; `capped`: of the errors capped at each reference's length."""
        return Counts(
            errors=int((self.capped_errors if capped else self.errors).sum()),
            reference_length=int(self.lengths.sum()),
            substitutions=int(self.substitutions.sum()),
            deletions=int(self.deletions.sum()),
            insertions=int(self.insertions.sum()),
            n_utterances=len(self.lengths),
        )


def count(
    references: Sequence[str],
    hypotheses: Sequence[str],
    language: Language,
    metric: Metric,
    *,
    profile: str = "strict",
) -> UtteranceCounts:
    """Count the errors of each hypothesis against its reference, both normalised with a profile.

    See `plion.text.metrics` for what a metric counts. A hypothesis to an empty reference counts as
    insertions, unless the profile drops such utterances. Raises InputError if the lists differ in
    length, or the profile is unknown or refused in the language.
    """
    if len(references) != len(hypotheses):
        raise InputError(f"{len(references)} references but {len(hypotheses)} hypotheses")
    given = (tuple(references), hypotheses, language, metric)
    own, others = tokens_of(given[0], language, metric, profile), differing(*given, profile=profile)
    lengths = np.array(list(map(len, own)), dtype=np.int64)
    said, errors = lengths.copy(), np.zeros_like(lengths)
    if places := list(others):
        said[places] = list(map(len, others.values()))
        pairs = (map(own.__getitem__, places), others.values())
        errors[places] = list(map(Levenshtein.distance, *pairs))
    tokens = partial(tokenized, *given, profile=profile)
    return UtteranceCounts(lengths, said, errors, lambda: aligned(tokens()))


def aligned(pairs: Iterable[tuple[Sequence[str], Sequence[str]]]) -> Numbers:
    """Substitutions, deletions and insertions of pairs of tokens, (utterances, 3)."""
    edits = [_edits(words, said) for words, said in pairs]
    return np.array(edits, dtype=np.int64).reshape(-1, 3)


def _edits(words: Sequence[str], said: Sequence[str]) -> tuple[int, int, int]:
    """Substitutions, deletions and insertions of RapidFuzz's alignment."""
    if words == said:
        return 0, 0, 0
    kinds = [edit.tag for edit in Levenshtein.editops(words, said)]
    return kinds.count("replace"), kinds.count("delete"), kinds.count("insert")


def metrics(scored: Mapping[str, tuple[Metric, Counts]], profile: str) -> dict[str, Any]:
    """The content of metrics.json, from the metric and pooled counts of each benchmark.

    Rates are in percent, not rounded. A benchmark without reference tokens has no rate and is left
    out of the average.
    """
    rates = {key: counts.rate for key, (_, counts) in scored.items()}
    return {
        "profile": resolve_profile(profile),
        "benchmarks": {
            key: {"metric": metric, **asdict(counts), "rate": counts.rate}
            for key, (metric, counts) in scored.items()
        },
        "macro_average": macro_average(rates),
        "covered": covered(rates),
    }


def covered(rates: Mapping[str, float | None]) -> list[str]:
    """The benchmarks that have a rate."""
    return [key for key, rate in rates.items() if rate is not None]
