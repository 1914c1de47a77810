"""Every policy with parameters to test it with, the paper's train sets, a small mixture."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from plion.data.corpora.published import published_corpora
from plion.sampling.adaptive import Adaptive, Replay
from plion.sampling.mixture import Draws, Statistics, mix
from plion.sampling.policies import POLICIES, Balanced, Fixed, Temperature, TwoLevel, Unimax
from plion.sampling.policy import Corpus, Mixture, Policy
from plion.sampling.settings import Unit

# Policies to test with other parameters than their defaults; one without a line has those alone.
TESTED: list[Policy] = [
    *(Temperature(T, level) for T in (0.5, 3.0) for level in ("language", "corpus", "both")),
    *(TwoLevel(0.5, 0.3, order) for order in ("corpus_language", "language_corpus")),
    Balanced("literal"),
    Balanced("union"),
    Unimax(1.0),
    Unimax(4.0),
    Fixed({"en": 2.0, "zh": 1.0, "ta": 3.0, "ms": 0.5, "fleurs_ta": 0.1}),
    Adaptive(),
    Replay([{"en": 0.4, "zh": 0.1, "ta": 0.3, "ms": 0.2}]),
]


@dataclass(frozen=True)
class Tested:
    """A policy with its parameters, asked for whatever corpora there are."""

    policy: Policy

    def shares(self, corpora: Sequence[Corpus]) -> Mixture:
        return self._of(corpora).mixture(corpora)

    def draws(self, corpora: Sequence[Statistics], unit: Unit = "utterances") -> Draws:
        return mix(self._of(corpora), corpora, unit)

    def _of(self, corpora: Sequence[Corpus] | Sequence[Statistics]) -> Policy:
        there = {name for corpus in corpora for name in (corpus.key, corpus.language)}
        if isinstance(self.policy, Fixed):
            return Fixed({k: v for k, v in self.policy.weights.items() if k in there})
        if isinstance(self.policy, Replay):
            (row,) = self.policy.shares
            return Replay([{k: v for k, v in row.items() if k in there}])
        return self.policy

    def __str__(self) -> str:
        return "-".join([self.policy.name, *map(str, vars(self.policy).values())])


_OTHERS = [policy() for name, policy in POLICIES.items() if name not in {p.name for p in TESTED}]
EVERY = [Tested(policy) for policy in (*TESTED, *_OTHERS)]


@pytest.fixture(params=EVERY, ids=str)
def policy(request) -> Tested:
    """Each policy in turn."""
    return request.param


@pytest.fixture
def paper() -> list[Statistics]:
    """Train sets of Polyglot-Lion's Table 1 (arXiv 2603.16184), with tokens at the rate of each.

    Four tokens a second, twelve in Tamil.
    """
    return [
        Statistics(
            row.benchmark,
            row.language,
            row.train.utterances,
            row.train.hours,
            row.train.hours * 3600 * (12 if row.language == "ta" else 4),
        )
        for row in published_corpora()
    ]


@pytest.fixture
def by_utterances(paper) -> list[Corpus]:
    return [Corpus(row.key, row.language, row.utterances) for row in paper]


@pytest.fixture
def by_hours(paper) -> list[Corpus]:
    return [Corpus(row.key, row.language, row.hours) for row in paper]


# Train sets of mini12, in the suite's order.
MINI12 = {
    "librispeech": ("en", 285), "nsc": ("en", 1000), "commonvoice_zh": ("zh", 295),
    "aishell1": ("zh", 1201), "aishell3": ("zh", 569), "fleurs_zh": ("zh", 32),
    "commonvoice_ta": ("ta", 452), "slr65": ("ta", 34), "slr127": ("ta", 696),
    "fleurs_ta": ("ta", 24), "mesolitica": ("ms", 179), "fleurs_ms": ("ms", 27),
}  # fmt: skip


@pytest.fixture
def mini12() -> list[Statistics]:
    """Train sets of mini12, of 3 s an utterance."""
    return [
        Statistics(key, language, size, size * 3 / 3600) for key, (language, size) in MINI12.items()
    ]


@pytest.fixture
def mini() -> list[Statistics]:
    """Four corpora of three languages, small enough to draw in full."""
    return [
        Statistics("nsc", "en", 120, 0.2, 2000.0),
        Statistics("fleurs_ta", "ta", 7, 0.03, 900.0),
        Statistics("slr65", "ta", 41, 0.05, 1300.0),
        Statistics("fleurs_ms", "ms", 16, 0.05, 600.0),
    ]
