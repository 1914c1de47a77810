"""MAPSSWE, the matched-pairs sentence-segment word error test of two systems.

Gillick and Cox, "Some statistical issues in the comparison of speech recognition algorithms",
ICASSP 1989, as in NIST's SCTK (`sclite`, then `sc_stats -t mapsswe`): alignments with costs of 4
for a substitution and 3 for a deletion or insertion, segments between two or more words that both
systems got right, and a z test on the differences of errors per segment. Tokens are words, or
characters for a character error rate. The test treats segments as independent, which those of one
speaker are not, so its p is valid for these utterances and not for other speakers.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev

SUBSTITUTION, GAP = 4, 3  # a gap is a deletion or an insertion
MINIMUM_GOOD = 2  # consecutive words right in both systems that end a segment
_MATCHED, _DELETED, _INSERTED = range(3)


@dataclass(frozen=True)
class Alignment:
    """The alignment of a hypothesis with its reference of n words.

    right: n flags, whether each reference word is right; inserted: n + 1 counts of insertions,
    before each reference word and after the last.
    """

    right: tuple[bool, ...]
    inserted: tuple[int, ...]


@dataclass(frozen=True)
class Segment:
    """A segment: its reference words, boundary words included, and the errors of both systems."""

    words: int
    first: int
    second: int


@dataclass(frozen=True)
class MatchedPairs:
    """The test's result: mean and standard deviation of first - second over segments.

    p is two-sided. z and p are None if all differences are equal and not 0.
    """

    segments: int
    mean: float
    deviation: float
    z: float | None
    p: float | None


def align(reference: Sequence[str], hypothesis: Sequence[str]) -> Alignment:
    """The alignment of minimum cost; ties as in sclite: matches last, then insertions."""
    end = 0  # equal words at the end align with each other at no cost
    while (
        end < min(len(reference), len(hypothesis)) and reference[-1 - end] == hypothesis[-1 - end]
    ):
        end += 1
    words, said = len(reference) - end, len(hypothesis) - end
    steps = _steps(reference[:words], hypothesis[:said])
    right, inserted = [False] * words + [True] * end, [0] * (len(reference) + 1)
    while words or said:
        step = steps[words][said]
        if step == _INSERTED:
            said -= 1
            inserted[words] += 1
            continue
        words -= 1
        if step == _MATCHED:
            said -= 1
            right[words] = reference[words] == hypothesis[said]
    return Alignment(tuple(right), tuple(inserted))


def _steps(reference: Sequence[str], hypothesis: Sequence[str]) -> list[bytearray]:
    """The best step into each cell of the alignment matrix, (words + 1) x (said + 1)."""
    above = [GAP * said for said in range(len(hypothesis) + 1)]
    steps = [bytearray([_INSERTED]) * len(above)]
    for word in reference:
        left = above[0] + GAP
        row, best = bytearray([_DELETED]) * len(above), [left]
        for said, heard in enumerate(hypothesis, 1):
            matched = above[said - 1] + (0 if heard == word else SUBSTITUTION)
            deleted, left = above[said] + GAP, left + GAP
            if matched <= deleted and matched <= left:
                row[said], left = _MATCHED, matched
            elif deleted < left:
                left = deleted
            else:
                row[said] = _INSERTED
            best.append(left)
        steps.append(row)
        above = best
    return steps


def segments(first: Alignment, second: Alignment) -> Iterator[Segment]:
    """The segments of one utterance with errors of either system.

    `first` and `second` are alignments with the same reference.
    """
    words = len(first.right)
    one = other = good = 0
    start = -1
    for word in range(words + 1):
        wrong = first.inserted[word], second.inserted[word]
        good = 0 if any(wrong) else good
        if word < words:
            missed = not first.right[word], not second.right[word]
            wrong = wrong[0] + missed[0], wrong[1] + missed[1]
            good = 0 if any(missed) else good + 1
        if any(wrong):
            start = max(0, word - MINIMUM_GOOD) if start < 0 else start
            one, other = one + wrong[0], other + wrong[1]
        elif start >= 0 and good == MINIMUM_GOOD:
            yield Segment(word + 1 - start, one, other)
            one = other = 0
            start = -1
    if start >= 0:
        yield Segment(words - start, one, other)


def matched_pairs(first: Iterable[Alignment], second: Iterable[Alignment]) -> MatchedPairs:
    """The test on two systems' alignments of the same utterances, in the same order."""
    differences = [
        segment.first - segment.second
        for one, other in zip(first, second, strict=True)
        for segment in segments(one, other)
    ]
    mean = fmean(differences) if differences else 0.0
    deviation = stdev(differences) if len(differences) > 1 else 0.0
    if mean and not deviation:
        return MatchedPairs(len(differences), mean, deviation, None, None)
    z = mean / (deviation / len(differences) ** 0.5) if deviation else 0.0
    return MatchedPairs(len(differences), mean, deviation, z, 2 * NormalDist().cdf(-abs(z)))
