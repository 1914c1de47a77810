"""Sampling policies: from the sizes of the corpora to the mixture that one pass is drawn from.

A policy is a pure function `(corpora, **parameters) -> Mixture`. Adding one takes the function and
a line in `POLICIES`; the stream, the batches and the plan follow from the mixture alone.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from plion.errors import InputError, suggest

PassSize = Literal["literal", "union"]


@dataclass(frozen=True)
class Corpus:
    """What a policy may know of a corpus: its key, its language and its number of utterances."""

    key: str
    language: str
    utterances: int


@dataclass(frozen=True)
class Mixture:
    """What one pass is drawn from, in the order of the corpora.

    `shares`: of the pass's utterances, summing to 1. `pass_size`: utterances in a pass.
    `copies`: of every utterance before thinning, where a policy states it (stream.py).
    """

    shares: tuple[float, ...]
    pass_size: int
    copies: tuple[int, ...] | None = None


def proportional(corpora: Sequence[Corpus]) -> Mixture:
    """Every utterance once a pass: the corpora as they are, T = 1."""
    total = sum(corpus.utterances for corpus in corpora)
    return Mixture(tuple(corpus.utterances / total for corpus in corpora), total)


def temperature(corpora: Sequence[Corpus], T: float) -> Mixture:
    """Languages by p_l ~ n_l^(1/T), their corpora in proportion; a pass is as long as the corpora.

    T = 1 is `proportional`, and T to infinity gives every language the same. The exponent is that
    of multilingual BERT (github.com/google-research/bert, multilingual.md, S = 1/T) and of XLM-R
    (Conneau et al. 2020, arXiv 1911.02116, alpha = 1/T = 0.3).

    Raises InputError unless T is a positive number.
    """
    if not (math.isfinite(T) and T > 0):
        raise InputError(f"sampler.temperature.T is {T}; it must be a positive number")
    sizes: dict[str, int] = defaultdict(int)
    for corpus in corpora:
        sizes[corpus.language] += corpus.utterances
    largest = max(sizes.values())  # sizes relative to it: a small T must not overflow
    weights = {key: (size / largest) ** (1 / T) for key, size in sizes.items()}
    total = sum(weights.values())
    shares = tuple(
        weights[corpus.language] / total * corpus.utterances / sizes[corpus.language]
        for corpus in corpora
    )
    return Mixture(shares, sum(sizes.values()))


def balanced(corpora: Sequence[Corpus], pass_size: PassSize) -> Mixture:
    """Two-stage balanced upsampling: 1/L to each of L languages, 1/(L K_l) to each of its corpora.

    Algorithm 1 of Polyglot-Lion (arXiv 2603.16184). Stage 1 brings every corpus of language l to
    the size of its largest, N*_l; stage 2 brings every language to N**, so a pass has L N**
    utterances. The listing gives the union of K_l such corpora the size N*_l, which leaves two
    readings of N**: `literal`, the largest N*_l; `union`, the largest K_l N*_l. Shares are the
    same in both. The copies of an utterance are those of both stages multiplied.
    """
    members: dict[str, list[int]] = defaultdict(list)
    for corpus in corpora:
        members[corpus.language].append(corpus.utterances)
    largest = {key: max(sizes) for key, sizes in members.items()}
    stage1 = {
        key: largest[key] * (len(sizes) if pass_size == "union" else 1)
        for key, sizes in members.items()
    }
    target = max(stage1.values())
    return Mixture(
        shares=tuple(1 / (len(members) * len(members[corpus.language])) for corpus in corpora),
        pass_size=len(members) * target,
        copies=tuple(
            math.ceil(largest[corpus.language] / corpus.utterances)
            * math.ceil(target / stage1[corpus.language])
            for corpus in corpora
        ),
    )


POLICIES: dict[str, Callable[..., Mixture]] = {
    "proportional": proportional,
    "temperature": temperature,
    "balanced": balanced,
}


def mix(policy: str, corpora: Sequence[Corpus], **parameters: object) -> Mixture:
    """The mixture that a named policy makes of the corpora.

    Raises InputError for an unknown policy, for no corpus at all and for one with no utterance.
    """
    if policy not in POLICIES:
        raise InputError(f"unknown sampler '{policy}' {suggest(policy, POLICIES)}")
    if not corpora:
        raise InputError("there is no corpus to sample from; name at least one")
    for corpus in corpora:
        if corpus.utterances <= 0:
            raise InputError(f"corpus '{corpus.key}' has no utterance; exclude it or add some")
    return POLICIES[policy](corpora, **parameters)


def draws(mixture: Mixture, corpora: Sequence[Corpus]) -> tuple[int, ...]:
    """Utterances to draw from each corpus in a pass: whole numbers that sum to `pass_size`.

    By largest remainder, between the languages first and then within each, so that equal languages
    stay equal where their corpora cannot. Of equal remainders the first named has the draw.
    """
    quotas = [share * mixture.pass_size for share in mixture.shares]
    members: dict[str, list[int]] = defaultdict(list)
    for i, corpus in enumerate(corpora):
        members[corpus.language].append(i)
    totals = _whole([sum(quotas[i] for i in own) for own in members.values()], mixture.pass_size)
    counts = [0] * len(quotas)
    for own, total in zip(members.values(), totals, strict=True):
        for i, count in zip(own, _whole([quotas[i] for i in own], total), strict=True):
            counts[i] = count
    return tuple(counts)


def _whole(quotas: Sequence[float], total: int) -> list[int]:
    """Quotas as whole numbers that sum to `total`, by largest remainder."""
    # Rounded, so that quotas equal on paper do not differ by the last bit of a float.
    rounded = [round(quota, 6) for quota in quotas]
    counts = [math.floor(quota) for quota in rounded]
    by_remainder = sorted(range(len(counts)), key=lambda i: counts[i] - rounded[i])
    for i in by_remainder[: total - sum(counts)]:
        counts[i] += 1
    return counts
