"""Sampling policies: from the sizes of the corpora to the shares that one pass is drawn in.

A policy is a pure function `(corpora, **parameters) -> Mixture`. Adding one takes the function and
a line in `POLICIES`; draws, stream, batches and plan follow from the mixture alone.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

from plion.errors import InputError, suggest
from plion.sampling.choices import Level, Order, PassSize


@dataclass(frozen=True)
class Corpus:
    """What a policy may know of a corpus. `size` is in the unit that the shares are of."""

    key: str
    language: str
    size: float

    @property
    def family(self) -> str:
        """The corpus that several languages may have a part of: `fleurs` of `fleurs_ta`."""
        return self.key.removesuffix(f"_{self.language}")


@dataclass(frozen=True)
class Copies:
    """What a corpus is brought to before a pass is drawn from it (stream.py).

    `first` copies of it, of which as many as `kept` times its size are kept at random, and `second`
    copies of these.
    """

    first: int
    kept: float
    second: int = 1


@dataclass(frozen=True)
class Mixture:
    """What one pass is drawn from, in the order of the corpora.

    `shares`: of the pass in the policy's unit, summing to 1. `amount`: of that unit in a pass; None
    is as much as the corpora have. `copies`: of each corpus, where a policy states them.
    """

    shares: tuple[float, ...]
    amount: float | None = None
    copies: tuple[Copies, ...] | None = None


def proportional(corpora: Sequence[Corpus]) -> Mixture:
    """Every utterance once a pass: the corpora as they are, T = 1."""
    return Mixture(_parts([corpus.size for corpus in corpora]))


def uniform(corpora: Sequence[Corpus]) -> Mixture:
    """Every corpus alike, whatever its size and language."""
    return Mixture((1 / len(corpora),) * len(corpora))


def temperature(corpora: Sequence[Corpus], T: float, level: Level = "language") -> Mixture:
    """Shares p ~ size^(1/T): T = 1 is `proportional`, T to infinity makes all alike.

    `level` is what p is of: a `language`, its corpora in proportion; a `corpus`, whatever its
    language; or `both`, a language and each corpus within it. The exponent is that of multilingual
    BERT (github.com/google-research/bert, multilingual.md, S = 1/T) and of XLM-R (Conneau et al.
    2020, arXiv 1911.02116, alpha = 1/T = 0.3).

    Raises InputError unless T is a positive number.
    """
    if not (math.isfinite(T) and T > 0):
        raise InputError(f"sampler.temperature.T is {T}; it must be a positive number")
    languages = [corpus.language for corpus in corpora]
    inner = 1.0 if level == "language" else 1 / T
    if level == "corpus":
        return Mixture(_parts([corpus.size for corpus in corpora], inner))
    return Mixture(_nested(corpora, languages, outer=1 / T, inner=inner))


def two_level(
    corpora: Sequence[Corpus], corpus_exponent: float, language_exponent: float, order: Order
) -> Mixture:
    """Power laws at two levels: corpora of several languages, and the languages in them.

    `corpus_language`: P(d) ~ N_d^corpus_exponent, then P(l | d) ~ n_dl^language_exponent, as in
    MMS (Pratap et al. 2023, arXiv 2305.13516, beta_D and beta_L, each language within a dataset)
    and Omnilingual ASR (beta_corpus = beta_language = 0.5, sizes in hours). `language_corpus` is
    the other order: P(l) ~ N_l^language_exponent, then P(d | l) ~ n_dl^corpus_exponent. A corpus of
    several languages is known by its keys: `fleurs_ta` and `fleurs_ms` are parts of `fleurs`.

    Raises InputError for an exponent below 0.
    """
    for name, exponent in (("corpus", corpus_exponent), ("language", language_exponent)):
        if not (math.isfinite(exponent) and exponent >= 0):
            raise InputError(
                f"sampler.two_level.{name}_exponent is {exponent}; it must be 0 or more"
            )
    if order == "corpus_language":
        families = [corpus.family for corpus in corpora]
        return Mixture(_nested(corpora, families, corpus_exponent, language_exponent))
    languages = [corpus.language for corpus in corpora]
    return Mixture(_nested(corpora, languages, language_exponent, corpus_exponent))


def unimax(corpora: Sequence[Corpus], epochs: float) -> Mixture:
    """Languages as even as can be with none repeated more than `epochs` times in a pass.

    UniMax (Chung et al. 2023, arXiv 2304.09151): from the smallest language up, each has an equal
    part of what is left of the budget, at most `epochs` times its own size. The budget is what the
    corpora have; a language's corpora stay in proportion.

    Raises InputError unless `epochs` is a positive number.
    """
    if not (math.isfinite(epochs) and epochs > 0):
        raise InputError(f"sampler.unimax.epochs is {epochs}; it must be a positive number")
    sizes = _sums(corpora, [corpus.language for corpus in corpora])
    left = sum(sizes.values())
    given: dict[Hashable, float] = {}
    for number, key in enumerate(sorted(sizes, key=lambda key: sizes[key])):
        given[key] = min(left / (len(sizes) - number), epochs * sizes[key])
        left -= given[key]
    amount = sum(given.values())
    shares = tuple(
        given[corpus.language] / amount * corpus.size / sizes[corpus.language] for corpus in corpora
    )
    return Mixture(shares, amount)


def fixed(corpora: Sequence[Corpus], weights: Mapping[str, float]) -> Mixture:
    """Shares as given: a weight for every language or corpus, relative to each other.

    A language's weight is for its corpora that have none of their own, in proportion to their
    sizes; a weight of 0 leaves out.

    Raises InputError for a weight that no corpus takes, that is negative or not finite, and for a
    corpus without any.
    """
    shared = [corpus for corpus in corpora if corpus.key not in weights]
    sizes = _sums(shared, [corpus.language for corpus in shared])
    known = dict.fromkeys([*(c.key for c in corpora), *(c.language for c in shared)])
    for name, weight in weights.items():
        where = f"sampler.fixed.weights.{name}"
        if name not in known:
            raise InputError(f"{where} is the weight of no corpus {suggest(name, known)}")
        if not (math.isfinite(weight) and weight >= 0):
            raise InputError(f"{where} is {weight}; it must be 0 or more")
    given = []
    for corpus in corpora:
        if corpus.key in weights:
            given.append(weights[corpus.key])
        elif corpus.language in weights:
            # The part first: a weight may be as large as a float can be.
            given.append(weights[corpus.language] * (corpus.size / sizes[corpus.language]))
        else:
            raise InputError(
                f"sampler.fixed.weights has none for '{corpus.key}' or its language "
                f"'{corpus.language}'; give it one (0 leaves it out)"
            )
    if not sum(given):
        raise InputError("sampler.fixed.weights are all 0; give one corpus more")
    return Mixture(_parts(given))


def balanced(corpora: Sequence[Corpus], pass_size: PassSize) -> Mixture:
    """Two-stage balanced upsampling: 1/L to each of L languages, 1/(L K_l) to each of its corpora.

    Algorithm 1 of Polyglot-Lion (arXiv 2603.16184). Stage 1 brings every corpus of language l to
    the size of its largest, N*_l; stage 2 brings every language to N**, so a pass has L N**. The
    listing gives the union of K_l such corpora the size N*_l, which leaves two readings of N**:
    `literal`, the largest N*_l; `union`, the largest K_l N*_l. Shares are the same in both. Both
    stages copy and thin, which counts under `allocation: algorithm1`.
    """
    members: dict[str, list[float]] = defaultdict(list)
    for corpus in corpora:
        members[corpus.language].append(corpus.size)
    largest = {key: max(sizes) for key, sizes in members.items()}
    stage1 = {
        key: largest[key] * (len(sizes) if pass_size == "union" else 1)
        for key, sizes in members.items()
    }
    target = max(stage1.values())
    return Mixture(
        shares=tuple(1 / (len(members) * len(members[corpus.language])) for corpus in corpora),
        amount=len(members) * target,
        copies=tuple(
            Copies(
                first=math.ceil(largest[corpus.language] / corpus.size),
                kept=largest[corpus.language] / corpus.size,
                second=math.ceil(target / stage1[corpus.language]),
            )
            for corpus in corpora
        ),
    )


POLICIES: dict[str, Callable[..., Mixture]] = {
    "proportional": proportional,
    "temperature": temperature,
    "two_level": two_level,
    "balanced": balanced,
    "uniform": uniform,
    "unimax": unimax,
    "fixed": fixed,
}


def _parts(sizes: Sequence[float], exponent: float = 1.0) -> tuple[float, ...]:
    """size^exponent of each, over their sum."""
    largest = max(sizes)  # sizes relative to it: a small temperature must not overflow
    weights = [(size / largest) ** exponent for size in sizes]
    total = math.fsum(weights)
    return tuple(weight / total for weight in weights)


def _nested(
    corpora: Sequence[Corpus], groups: Sequence[Hashable], outer: float, inner: float
) -> tuple[float, ...]:
    """Power laws over groups and within each: p ~ (sum of a group)^outer, then size^inner."""
    sizes = _sums(corpora, groups)
    group = dict(zip(sizes, _parts(list(sizes.values()), outer), strict=True))
    members: dict[Hashable, list[float]] = defaultdict(list)
    for key, corpus in zip(groups, corpora, strict=True):
        members[key].append(corpus.size)
    within = {key: iter(_parts(own, inner)) for key, own in members.items()}
    return tuple(group[key] * next(within[key]) for key in groups)


def _sums(corpora: Sequence[Corpus], groups: Sequence[Hashable]) -> dict[Hashable, float]:
    """The size of each group."""
    sizes: dict[Hashable, float] = defaultdict(float)
    for key, corpus in zip(groups, corpora, strict=True):
        sizes[key] += corpus.size
    return dict(sizes)
