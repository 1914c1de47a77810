"""Transcripts against references: alignments, counts, rates, and the averages over benchmarks.

Counts come from RapidFuzz's alignments, which are also jiwer's. Their total is the edit distance,
the least there is. NIST's sclite may count more: to it a substitution costs 4 and a deletion or an
insertion 3, so that it takes three of each (18) for five substitutions (20). How a total splits
into substitutions, deletions and insertions depends on ties, and so on the tool.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import regex
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from plion.errors import InputError
from plion.scoring.statistics.averages import macro_average
from plion.text import evalkit
from plion.text.languages import Metric
from plion.text.normalize import PROFILES, normalize, resolve_profile

_CLUSTER = regex.compile(r"\X")
_MIXED = regex.compile(r"\p{Han}|\P{Han}+")


@dataclass(frozen=True)
class Counts:
    """Errors over some utterances, pooled. Additive."""

    errors: int
    reference_length: int
    substitutions: int
    deletions: int
    insertions: int
    n_utterances: int

    @property
    def rate(self) -> float | None:
        """Errors in percent of the reference's tokens; None where there are no tokens."""
        if not self.reference_length:
            return None
        return 100 * self.errors / self.reference_length

    def __add__(self, other: "Counts") -> "Counts":
        """The counts of both together."""
        pairs = zip(asdict(self).values(), asdict(other).values(), strict=True)
        return Counts(*(a + b for a, b in pairs))


@dataclass(frozen=True)
class UtteranceCounts:
    """Counts of each utterance, int64 arrays of one length, in the order they were given."""

    lengths: NDArray[np.int64]
    substitutions: NDArray[np.int64]
    deletions: NDArray[np.int64]
    insertions: NDArray[np.int64]

    @property
    def errors(self) -> NDArray[np.int64]:
        """Errors of each utterance; of an empty reference, the tokens that were inserted."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def said(self) -> NDArray[np.int64]:
        """Tokens of each hypothesis, which do not depend on ties."""
        return self.lengths - self.deletions + self.insertions

    @property
    def capped_errors(self) -> NDArray[np.int64]:
        """Errors of each utterance, at most its reference's length (of an empty one: none).

        A hypothesis in a loop has as many insertions as the decoding limit allows; capped, the
        rate cannot pass 100 % and says how much of the reference was missed.
        """
        return np.minimum(self.errors, self.lengths)

    def pooled(self, *, capped: bool = False) -> Counts:
        """The sum over the utterances; `capped` for errors capped at each reference's length."""
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
    language: str,
    metric: Metric,
    *,
    profile: str = "strict",
) -> UtteranceCounts:
    """Errors of each hypothesis against its reference, both normalised under a profile.

    `tokens` has what a metric counts. What is said to an empty reference is inserted, but under a
    profile that drops such utterances. Raises InputError where the two lists differ in length, the
    profile is unknown, or it is refused in the language.
    """
    if len(references) != len(hypotheses):
        raise InputError(f"{len(references)} references but {len(hypotheses)} hypotheses")
    if not references:
        return UtteranceCounts(*np.zeros((4, 0), dtype=np.int64))
    pairs = tokenized(references, hypotheses, language, metric, profile=profile)
    counts = [(len(words), *_edits(words, said)) for words, said in pairs]
    return UtteranceCounts(*np.array(counts, dtype=np.int64).T)


def tokenized(
    references: Sequence[str],
    hypotheses: Sequence[str],
    language: str,
    metric: Metric,
    *,
    profile: str = "strict",
) -> Iterator[tuple[list[str], list[str]]]:
    """The tokens of each reference and of its hypothesis, as `count` compares them."""
    drops_empty = PROFILES[resolve_profile(profile)].drops_empty
    for pair in zip(references, hypotheses, strict=True):
        words, said = (tokens(normalize(text, language, profile), metric) for text in pair)
        yield words, [] if drops_empty and not words else said


def tokens(text: str, metric: Metric) -> list[str]:
    """What a metric counts in a normalised text; never spaces.

    `wer`: words. `cer`: code points. `gcer`: grapheme clusters (Unicode's UAX 29), so that a Tamil
    consonant with its vowel sign is one. `mer`, the mixed error rate of code-switched text: Han
    characters, and what is between them by words. (jiwer's `mer` is another, the match error rate.)
    """
    if metric in ("wer", "mer"):
        words = text.replace(evalkit.SPACE, " ").split()
        return (
            words if metric == "wer" else [part for word in words for part in _MIXED.findall(word)]
        )
    joined = "".join(text.split())
    return list(joined) if metric == "cer" else _CLUSTER.findall(joined)


def _edits(words: Sequence[str], said: Sequence[str]) -> tuple[int, int, int]:
    """Substitutions, deletions and insertions of the alignment that jiwer has, too."""
    if words == said:
        return 0, 0, 0
    kinds = [edit.tag for edit in Levenshtein.editops(words, said)]
    return kinds.count("replace"), kinds.count("delete"), kinds.count("insert")


def metrics(scored: Mapping[str, tuple[Metric, Counts]], profile: str) -> dict[str, Any]:
    """The content of metrics.json from the pooled counts of each benchmark, by key.

    Rates in percent, not rounded. A benchmark without a reference token has no rate and is not
    covered by the average.
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
