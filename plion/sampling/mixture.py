"""From a policy's shares to whole draws: how often a pass takes from each corpus."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields

from plion.errors import InputError
from plion.sampling.choices import Unit
from plion.sampling.policy import Copies, Corpus, Mixture, Policy
from plion.settings.walk import wrong_value


@dataclass(frozen=True)
class Statistics:
    """The sizes of a corpus; `tokens` are supervised ones, None where they are not counted."""

    key: str
    language: str
    utterances: int
    hours: float
    tokens: float | None = None


@dataclass(frozen=True)
class Draws:
    """What a pass takes of each corpus: `counts` utterances, of `copies` of it if a policy says."""

    counts: tuple[int, ...]
    copies: tuple[Copies, ...] | None = None


def mix(
    policy: Policy,
    corpora: Sequence[Statistics],
    unit: Unit = "utterances",
    max_repeats: float | None = None,
) -> Draws:
    """The draws of one pass under a policy whose shares are of `unit`.

    A corpus is drawn as often as its share of the pass over its mean per utterance, so that
    `proportional` draws every utterance alike under any unit. `max_repeats` caps the draws of a
    corpus over its size, to a draw; what a capped corpus gives up goes to the others by their
    shares, and where there is none that could take it the pass is shorter. Counts are whole by
    largest remainder, between the languages first and then within each, so that equal languages
    stay equal where their corpora cannot. Of equal remainders the first named has the draw.

    Raises InputError for a parameter out of its bounds, no corpus at all, one with no utterance, a
    unit in which some corpus is not counted, caps that leave nothing, and whatever the policy
    refuses.
    """
    if wrong := wrong_value(policy, f"sampler.{policy.name}."):
        raise InputError(wrong)
    if not corpora:
        raise InputError("there is no corpus to sample from; name at least one")
    if max_repeats is not None and not max_repeats > 0:
        raise InputError(f"sampler.max_repeats is {max_repeats}; it must be more than 0")
    sizes = [_size(corpus, unit) for corpus in corpora]
    sized = [Corpus(c.key, c.language, size) for c, size in zip(corpora, sizes, strict=True)]
    mixture = policy.mixture(sized)
    quotas = _quotas(mixture, corpora, sizes, max_repeats)
    counts = _counts(quotas, [corpus.language for corpus in corpora])
    if not any(counts):
        uncapped = round(math.fsum(_quotas(mixture, corpora, sizes, None)))
        own = [f"{policy.name}.{one.name}" for one in fields(policy)]
        caps = ["max_repeats"] if uncapped else own
        raise InputError(f"a pass draws no utterance; raise sampler.{' or '.join(caps)}")
    return Draws(counts, mixture.copies)


def _size(corpus: Statistics, unit: Unit) -> float:
    if corpus.utterances <= 0:
        raise InputError(f"corpus '{corpus.key}' has no utterance; exclude it or add some")
    size: float | None = getattr(corpus, unit)
    if size is None:
        raise InputError(
            f"sampler.unit is '{unit}', but those of '{corpus.key}' are not counted here; "
            "choose utterances or hours"
        )
    if not size > 0:
        raise InputError(f"sampler.unit is '{unit}', of which corpus '{corpus.key}' has none")
    return size


def _quotas(
    mixture: Mixture,
    corpora: Sequence[Statistics],
    sizes: Sequence[float],
    max_repeats: float | None,
) -> list[float]:
    """Utterances to draw of each corpus, not yet whole."""
    amount = math.fsum(sizes) if mixture.amount is None else mixture.amount
    most = [math.inf if max_repeats is None else max_repeats * size for size in sizes]
    amounts = _capped(mixture.shares, amount, most)
    return [
        own * corpus.utterances / size
        for own, corpus, size in zip(amounts, corpora, sizes, strict=True)
    ]


def _capped(shares: Sequence[float], amount: float, most: Sequence[float]) -> list[float]:
    """`amount` by shares with none above its cap: the rest is shared by those below theirs."""
    given = [share * amount for share in shares]
    full: set[int] = set()
    while over := {i for i, own in enumerate(given) if own > most[i]} - full:
        full |= over
        left = amount - math.fsum(most[i] for i in full)
        # Where only shares of 0 are left, none takes the rest.
        shared = math.fsum(share for i, share in enumerate(shares) if i not in full) or 1.0
        given = [most[i] if i in full else share / shared * left for i, share in enumerate(shares)]
    return given


def _counts(quotas: Sequence[float], languages: Sequence[str]) -> tuple[int, ...]:
    """Quotas as whole numbers, by largest remainder between the languages, then within each."""
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
    """Quotas as whole numbers that sum to `total`, by largest remainder."""
    # Rounded, so that quotas equal on paper do not differ by the last bit of a float.
    rounded = [round(quota, 6) for quota in quotas]
    counts = [math.floor(quota) for quota in rounded]
    by_remainder = sorted(range(len(counts)), key=lambda i: counts[i] - rounded[i])
    for i in by_remainder[: total - sum(counts)]:
        counts[i] += 1
    return counts
