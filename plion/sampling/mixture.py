"""Turn a policy's shares into integer counts: how many draws a pass makes from each corpus."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields

from plion.errors import InputError
from plion.sampling.policy import Copies, Corpus, Mixture, Policy
from plion.sampling.settings import Unit
from plion.settings.walk import wrong_value


@dataclass(frozen=True)
class Statistics:
    """The sizes of a corpus; `tokens`: supervised text tokens, None if they are not counted."""

    key: str
    language: str
    utterances: int
    hours: float
    tokens: float | None = None


@dataclass(frozen=True)
class Draws:
    """The draws of a pass from each corpus; `copies`: pools of Algorithm 1, or None."""

    counts: tuple[int, ...]
    copies: tuple[Copies, ...] | None = None


def mix(
    policy: Policy,
    corpora: Sequence[Statistics],
    unit: Unit = "utterances",
    max_repeats: float | None = None,
) -> Draws:
    """The draws of one pass under a policy, with shares measured in `unit`.

    The draws of a corpus are its share of the pass divided by its mean size of an utterance in
    `unit`, so that `proportional` draws every utterance equally often under any unit. `max_repeats`
    caps draws / size of each corpus, to a draw; what capped corpora give up goes to the others by
    their shares, and if all are capped the pass is shorter. Counts are rounded by largest
    remainder, between languages first and then within each, so that equal languages stay equal even
    where their corpora cannot. The first of equal remainders gets the draw.

    Raises InputError for no corpus, a corpus without utterances, a unit in which a corpus is not
    counted, caps that leave no draws, and parameters that the policy refuses.
    """
    if wrong := wrong_value(policy, f"sampler.{policy.name}."):
        raise InputError(wrong)
    if not corpora:
        raise InputError("there is no corpus to sample from; name at least one")
    if max_repeats is not None and not max_repeats > 0:
        raise InputError(f"sampler.max_repeats is {max_repeats}; it must be more than 0")
    measured = sized(corpora, unit)
    sizes = [corpus.size for corpus in measured]
    mixture = policy.mixture(measured)
    quotas = _quotas(mixture, corpora, sizes, max_repeats)
    counts = _counts(quotas, [corpus.language for corpus in corpora])
    if not any(counts):
        uncapped = round(math.fsum(_quotas(mixture, corpora, sizes, None)))
        own = [f"{policy.name}.{one.name}" for one in fields(policy)]
        caps = ["max_repeats"] if uncapped else own
        raise InputError(f"a pass draws no utterance; raise sampler.{' or '.join(caps)}")
    return Draws(counts, mixture.copies)


def sized(corpora: Sequence[Statistics], unit: Unit) -> list[Corpus]:
    """What a policy knows of corpora; raises InputError for one without a size in `unit`."""
    return [Corpus(one.key, one.language, _size(one, unit)) for one in corpora]


def _size(corpus: Statistics, unit: Unit) -> float:
    if corpus.utterances <= 0:
        raise InputError(f"corpus '{corpus.key}' has no utterance; exclude it or add some")
    size: float | None = getattr(corpus, unit)
    if size is None:
        raise InputError(
            f"sampler.unit is '{unit}', but {unit} of '{corpus.key}' are not counted here; "
            "choose utterances or hours"
        )
    if not size > 0:
        raise InputError(f"sampler.unit is '{unit}', but corpus '{corpus.key}' has no {unit}")
    return size


def _quotas(
    mixture: Mixture,
    corpora: Sequence[Statistics],
    sizes: Sequence[float],
    max_repeats: float | None,
) -> list[float]:
    """Utterances to draw of each corpus, not yet rounded to integers."""
    amount = math.fsum(sizes) if mixture.amount is None else mixture.amount
    most = [math.inf if max_repeats is None else max_repeats * size for size in sizes]
    amounts = _capped(mixture.shares, amount, most)
    return [
        own * corpus.utterances / size
        for own, corpus, size in zip(amounts, corpora, sizes, strict=True)
    ]


def _capped(shares: Sequence[float], amount: float, most: Sequence[float]) -> list[float]:
    """Divide `amount` by shares, none above its cap `most`; the excess goes to the others."""
    given = [share * amount for share in shares]
    full: set[int] = set()
    while over := {i for i, own in enumerate(given) if own > most[i]} - full:
        full |= over
        left = amount - math.fsum(most[i] for i in full)
        # If only shares of 0 are left, the rest is dropped.
        shared = math.fsum(share for i, share in enumerate(shares) if i not in full) or 1.0
        given = [most[i] if i in full else share / shared * left for i, share in enumerate(shares)]
    return given


def _counts(quotas: Sequence[float], languages: Sequence[str]) -> tuple[int, ...]:
    """Quotas rounded to integers, by largest remainder between languages, then within each."""
    members: dict[str, list[int]] = defaultdict(list)
    for i, language in enumerate(languages):
        members[language].append(i)
    sums = [math.fsum(quotas[i] for i in own) for own in members.values()]
    totals = _whole(sums, round(math.fsum(quotas)))
    counts = [0] * len(quotas)
    for own, total in zip(members.values(), totals, strict=True):
        for i, count in zip(own, _whole([quotas[i] for i in own], total), strict=True):
            counts[i] = count
    return tuple(counts)


def _whole(quotas: Sequence[float], total: int) -> list[int]:
    """Quotas rounded to integers that sum to `total`, by largest remainder."""
    # Rounded first, so that equal quotas do not differ by the last bit of a float.
    rounded = [round(quota, 6) for quota in quotas]
    counts = [math.floor(quota) for quota in rounded]
    by_remainder = sorted(range(len(counts)), key=lambda i: counts[i] - rounded[i])
    for i in by_remainder[: total - sum(counts)]:
        counts[i] += 1
    return counts
