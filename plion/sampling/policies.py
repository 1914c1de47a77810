"""The sampling policies: each a class of its parameters and its rule.

Adding one takes the class and its line in `POLICIES`. Its settings (`sampler.NAME.PARAMETER`),
their bounds and messages, its part of a run's hash, `plion settings` and `plan --compare` follow
from the class; draws, stream, batches and plan from the mixture that it answers with.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

from plion.errors import InputError, suggest
from plion.sampling.adaptive import Adaptive, Replay
from plion.sampling.balanced import Balanced
from plion.sampling.policy import Corpus, Mixture, Policy, nested, parts, sums
from plion.settings.setting import setting


@dataclass
class Proportional(Policy):
    """Every utterance once a pass: the corpora as they are, T = 1."""

    name = "proportional"

    def mixture(self, corpora: Sequence[Corpus]) -> Mixture:
        return Mixture(parts([corpus.size for corpus in corpora]))


@dataclass
class Temperature(Policy):
    """Shares p ~ size^(1/T): T = 1 is `proportional`, T to infinity makes all alike.

    The exponent is that of multilingual BERT (github.com/google-research/bert, multilingual.md,
    S = 1/T) and of XLM-R (Conneau et al. 2020, arXiv 1911.02116, alpha = 1/T = 0.3).
    """

    name = "temperature"
    T: float = setting(
        3.0, above=0, hparam=True, help="shares are proportional to sizes ** (1 / T)"
    )
    level: Literal["language", "corpus", "both"] = setting(
        "language",
        help="what the power applies to: languages, with their corpora in "
        "proportion; corpora, whatever their language; or both, "
        "languages and the corpora within each",
    )

    def mixture(self, corpora: Sequence[Corpus]) -> Mixture:
        languages = [corpus.language for corpus in corpora]
        inner = 1.0 if self.level == "language" else 1 / self.T
        if self.level == "corpus":
            return Mixture(parts([corpus.size for corpus in corpora], inner))
        return Mixture(nested(corpora, languages, outer=1 / self.T, inner=inner))


@dataclass
class TwoLevel(Policy):
    """Power laws at two levels: corpora of several languages, and the languages in them.

    `corpus_language`: P(d) ~ N_d^corpus_exponent, then P(l | d) ~ n_dl^language_exponent, as in
    MMS (Pratap et al. 2023, arXiv 2305.13516, beta_D and beta_L, each language within a dataset)
    and Omnilingual ASR (beta_corpus = beta_language = 0.5, sizes in hours). `language_corpus` is
    the other order: P(l) ~ N_l^language_exponent, then P(d | l) ~ n_dl^corpus_exponent. A corpus of
    several languages is known by its keys: `fleurs_ta` and `fleurs_ms` are parts of `fleurs`.
    """

    name = "two_level"
    corpus_exponent: float = setting(
        0.5, low=0, help="exponent of the sizes of corpora; 0 makes all equal"
    )
    language_exponent: float = setting(0.5, low=0, help="exponent of the sizes of languages")
    order: Literal["corpus_language", "language_corpus"] = setting(
        "corpus_language",
        help="corpora first and then the languages of each, or the other order",
    )

    def mixture(self, corpora: Sequence[Corpus]) -> Mixture:
        if self.order == "corpus_language":
            families = [corpus.family for corpus in corpora]
            return Mixture(nested(corpora, families, self.corpus_exponent, self.language_exponent))
        languages = [corpus.language for corpus in corpora]
        return Mixture(nested(corpora, languages, self.language_exponent, self.corpus_exponent))


@dataclass
class Uniform(Policy):
    """Every corpus alike, whatever its size and language."""

    name = "uniform"

    def mixture(self, corpora: Sequence[Corpus]) -> Mixture:
        return Mixture((1 / len(corpora),) * len(corpora))


@dataclass
class Unimax(Policy):
    """Languages as even as can be with none repeated more than `epochs` times in a pass.

    UniMax (Chung et al. 2023, arXiv 2304.09151): from the smallest language up, each has an equal
    part of what is left of the budget, at most `epochs` times its own size. The budget is what the
    corpora have; a language's corpora stay in proportion.
    """

    name = "unimax"
    epochs: float = setting(4.0, above=0, help="most repeats of a language in a pass")

    def mixture(self, corpora: Sequence[Corpus]) -> Mixture:
        sizes = sums(corpora, [corpus.language for corpus in corpora])
        left = sum(sizes.values())
        given: dict[Hashable, float] = {}
        for number, key in enumerate(sorted(sizes, key=lambda key: sizes[key])):
            given[key] = min(left / (len(sizes) - number), self.epochs * sizes[key])
            left -= given[key]
        amount = sum(given.values())
        shares = tuple(
            given[corpus.language] / amount * corpus.size / sizes[corpus.language]
            for corpus in corpora
        )
        return Mixture(shares, amount)


@dataclass
class Fixed(Policy):
    """Shares as given: a weight for every language or corpus, relative to each other.

    A language's weight is for its corpora that have none of their own, in proportion to their
    sizes; a weight of 0 leaves out.
    """

    name = "fixed"
    weights: dict[str, float] = setting(
        {}, low=0, help="relative weights by language or benchmark key; 0 leaves out"
    )

    @property
    def complete(self) -> bool:
        return bool(self.weights)

    def mixture(self, corpora: Sequence[Corpus]) -> Mixture:
        """Raises InputError for a weight that no corpus takes, and for a corpus without any."""
        self._refuse_unknown(corpora)
        sizes = self._shared(corpora)
        given = []
        for corpus in corpora:
            if corpus.key in self.weights:
                given.append(self.weights[corpus.key])
            elif corpus.language in self.weights:
                # The part first: a weight may be as large as a float can be.
                part = corpus.size / sizes[corpus.language]
                given.append(self.weights[corpus.language] * part)
            else:
                raise InputError(
                    f"sampler.fixed.weights has none for '{corpus.key}' or its language "
                    f"'{corpus.language}'; give it one (0 leaves it out)"
                )
        if not sum(given):
            raise InputError("sampler.fixed.weights are all 0; give one corpus more")
        return Mixture(parts(given))

    def _shared(self, corpora: Sequence[Corpus]) -> dict[Hashable, float]:
        """The size of each language's corpora that have no weight of their own."""
        shared = [corpus for corpus in corpora if corpus.key not in self.weights]
        return sums(shared, [corpus.language for corpus in shared])

    def _refuse_unknown(self, corpora: Sequence[Corpus]) -> None:
        known = dict.fromkeys([*(corpus.key for corpus in corpora), *self._shared(corpora)])
        for name in self.weights:
            if name not in known:
                near = suggest(name, map(str, known))
                raise InputError(f"sampler.fixed.weights.{name} is the weight of no corpus {near}")


POLICIES: dict[str, type[Policy]] = {
    policy.name: policy
    for policy in (
        Proportional,
        Temperature,
        TwoLevel,
        Balanced,
        Uniform,
        Unimax,
        Fixed,
        Adaptive,
        Replay,
    )
}
