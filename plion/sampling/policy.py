"""What a sampling policy is given, and what it answers with."""

import math
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import ClassVar


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
