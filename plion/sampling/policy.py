"""The interface of sampling policies: sizes of corpora in, shares of a pass out."""

import math
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Corpus:
    """What a policy knows of a corpus; `size` is in the unit that shares are measured in."""

    key: str
    language: str
    size: float

    @property
    def family(self) -> str:
        """The corpus without its language: `fleurs` for `fleurs_ta`."""
        return self.key.removesuffix(f"_{self.language}")


@dataclass(frozen=True)
class Copies:
    """The pool that a pass draws from, as copies of a corpus (stream.py).

    `first` copies of the corpus, thinned at random to `kept` times its size, then `second` copies
    of the result.
    """

    first: int
    kept: float
    second: int = 1


@dataclass(frozen=True)
class Mixture:
    """What one pass is drawn from, in the order of the corpora.

    `shares`: of the pass in the policy's unit, summing to 1. `amount`: size of a pass in that unit;
    None for the total size of the corpora. `copies`: the pool of each corpus, if the policy states
    it.
    """

    shares: tuple[float, ...]
    amount: float | None = None
    copies: tuple[Copies, ...] | None = None


@dataclass
class Policy(ABC):
    """Turns the sizes of corpora into the shares that one pass is drawn in.

    Its fields are its parameters, which an experiment sets under the policy's name,
    `sampler.NAME.PARAMETER`. `plion.sampling.mixture` holds them to their bounds before it asks for
    the mixture.
    """

    name: ClassVar[str]

    @property
    def complete(self) -> bool:
        """Whether its parameters say enough to draw by; one may have no default that does."""
        return True

    def at(self, number: int) -> "Policy":
        """The policy of pass `number` (0, 1, ...): itself, unless passes have their own."""
        return self

    @abstractmethod
    def mixture(self, corpora: Sequence[Corpus]) -> Mixture:
        """The mixture that a pass over these corpora is drawn from."""


def parts(sizes: Sequence[float], exponent: float = 1.0) -> tuple[float, ...]:
    """size^exponent of each, over their sum."""
    largest = max(sizes)  # sizes relative to it: a small temperature must not overflow
    weights = [(size / largest) ** exponent for size in sizes]
    total = math.fsum(weights)
    return tuple(weight / total for weight in weights)


def nested(
    corpora: Sequence[Corpus], groups: Sequence[Hashable], outer: float, inner: float
) -> tuple[float, ...]:
    """Power laws over groups and within each: p ~ (sum of a group)^outer, then size^inner."""
    sizes = sums(corpora, groups)
    group = dict(zip(sizes, parts(list(sizes.values()), outer), strict=True))
    members: dict[Hashable, list[float]] = defaultdict(list)
    for key, corpus in zip(groups, corpora, strict=True):
        members[key].append(corpus.size)
    within = {key: iter(parts(own, inner)) for key, own in members.items()}
    return tuple(group[key] * next(within[key]) for key in groups)


def sums(corpora: Sequence[Corpus], groups: Sequence[Hashable]) -> dict[Hashable, float]:
    """The size of each group."""
    sizes: dict[Hashable, float] = defaultdict(float)
    for key, corpus in zip(groups, corpora, strict=True):
        sizes[key] += corpus.size
    return dict(sizes)
