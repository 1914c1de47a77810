"""The policies whose mixture differs from pass to pass: decided by losses, or read from a record.

An adaptive run is a replay whose record is still being written: both draw by `Replay`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from plion.errors import InputError, listed, suggest
from plion.sampling.policy import Corpus, Mixture, Policy, sums
from plion.settings.setting import setting

Shares = Mapping[str, float]  # by language, relative to each other
_PART = "part of the corpora"


@dataclass(frozen=True)
class Decision:
    """The mixture of one pass, and what decided it; all by language.

    `step`: optimiser steps done before. `losses`: validation losses at that step, in nats per
    supervised token; those of the first pass are the base model's, which later ones are compared
    with, and empty until the run has begun. `weights`: what the losses have made of the languages;
    `shares`: of the pass, in the policy's unit. Both sum to 1.
    """

    step: int
    losses: Mapping[str, float]
    weights: Mapping[str, float]
    shares: Shares


@dataclass
class Adaptive(Policy):
    """Languages by how far their validation loss is above a reference, decided at each pass.

    Before each pass w <- w exp(eta (loss - reference)), normalised: the exponentiated gradient of
    Group DRO (Sagawa et al. 2020, arXiv 1911.08731), on the excess loss of DoReMi (Xie et al. 2023,
    arXiv 2305.10429). With `reference: base`, the base model's own loss, a language gains as it
    improves less than others; with `zero`, Group DRO itself, as its loss is higher. A language's
    share is (1 - proportional) w + proportional * its part of the corpora; its corpora stay in
    proportion. The first pass is the corpora as they are.
    """

    name = "adaptive"
    eta: float = setting(
        0.1, low=0, unit="per nat", help="how fast losses move the shares; 0: never"
    )
    reference: Literal["base", "zero"] = setting(
        "base", help="what losses are compared with: those of the base model, or 0 (Group DRO)"
    )
    proportional: float = setting(
        0.1, low=0, high=1, help="part of every mixture that stays as the corpora are"
    )
    pass_size: float = setting(
        1.0, above=0, unit=_PART, help="size of a pass; shares are decided once a pass"
    )

    def mixture(self, corpora: Sequence[Corpus]) -> Mixture:
        """The mixture of the first pass."""
        return mixture_of(self.first(corpora).shares, corpora, self.pass_size)

    def first(self, corpora: Sequence[Corpus]) -> Decision:
        """The decision on the first pass, before any loss is known."""
        natural = by_size(corpora)
        return Decision(0, {}, natural, natural)

    def next(
        self,
        decisions: Sequence[Decision],
        losses: Mapping[str, float],
        corpora: Sequence[Corpus],
        *,
        step: int,
    ) -> Decision:
        """The decision on the pass after `decisions`, from the `losses` after `step` steps."""
        base, before = decisions[0].losses, decisions[-1].weights
        above = {key: base[key] if self.reference == "base" else 0.0 for key in before}
        excess = {key: self.eta * (losses[key] - above[key]) for key in before}
        largest = max(excess.values())  # relative to it: a large excess must not overflow
        moved = {key: before[key] * math.exp(excess[key] - largest) for key in before}
        total = math.fsum(moved.values())
        weights = {key: one / total for key, one in moved.items()}
        shares = {
            key: (1 - self.proportional) * weights[key] + self.proportional * part
            for key, part in by_size(corpora).items()
        }
        return Decision(step, losses, weights, shares)


@dataclass
class Replay(Policy):
    """The shares of languages that another run had, pass by pass, or any that a file lists."""

    name = "replay"
    shares: list[Any] = setting(
        [],
        help="run.json of a run with `adaptive`, another JSON file with `mixture` as there, or its "
        "rows: the share of each language, for each pass",
    )
    pass_size: float = setting(
        1.0, above=0, unit=_PART, help="size of a pass; a file says it for itself"
    )

    @property
    def complete(self) -> bool:
        return bool(self.shares)

    def at(self, number: int) -> "Replay":
        """The policy of one pass; raises InputError for one that has no shares."""
        if number >= len(self.shares):
            known = len(self.shares)
            raise InputError(
                f"sampler.replay.shares has the shares of {known} passes, but the run draws more; "
                "hold it to the amount of the run that is replayed, with its data and batches"
                if known
                else "sampler.replay.shares is empty; name the record of a run whose sampler was "
                "`adaptive`: sampler.replay.shares=runs/NAME-HASH8/run.json"
            )
        return Replay([self.shares[number]], self.pass_size)

    def mixture(self, corpora: Sequence[Corpus]) -> Mixture:
        """The mixture of the first pass; raises InputError for languages that do not fit."""
        shares: Shares = self.at(0).shares[0]
        languages = list(dict.fromkeys(corpus.language for corpus in corpora))
        for name in shares:
            if name not in languages:
                raise InputError(
                    f"sampler.replay.shares has '{name}', which is the language of no corpus "
                    f"{suggest(name, languages)}"
                )
        if missing := [name for name in languages if name not in shares]:
            raise InputError(
                f"sampler.replay.shares has no share of {listed(missing)}; give one to every "
                "language (0 leaves it out)"
            )
        return mixture_of(shares, corpora, self.pass_size)


def mixture_of(shares: Shares, corpora: Sequence[Corpus], pass_size: float) -> Mixture:
    """Each language's share, divided between its corpora in proportion to their sizes.

    `pass_size`: size of the pass relative to all corpora. A language without a share is left out.
    """
    sizes = sums(corpora, [corpus.language for corpus in corpora])
    total = math.fsum(shares.get(language, 0.0) for language in map(str, sizes))
    return Mixture(
        shares=tuple(
            shares.get(corpus.language, 0.0) / total * (corpus.size / sizes[corpus.language])
            for corpus in corpora
        ),
        amount=pass_size * math.fsum(corpus.size for corpus in corpora),
    )


def by_size(corpora: Sequence[Corpus]) -> dict[str, float]:
    """The part of each language in the corpora as they are."""
    sizes = sums(corpora, [corpus.language for corpus in corpora])
    total = math.fsum(sizes.values())
    return {str(language): size / total for language, size in sizes.items()}
