"""Plan a run: draw passes and cut them into batches until the held amount is reached."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from plion.errors import InputError
from plion.sampling.batches import Batches, Budget, Lengths, compose, spans
from plion.sampling.mixture import Draws
from plion.sampling.plan import Plan
from plion.sampling.settings import Hold, Quantity
from plion.sampling.strata import Strata
from plion.sampling.stream import Stream
from plion.settings.walk import wrong_value

_MOST_DRAWS = 10**9  # of a run: its plan lists them all
_MOST_BATCHES = 100_000  # of an optimiser step
_MOST_PASSES = 100  # over the training data in one optimiser step


def plan(
    stream: Stream,
    draws: Callable[[int, float], Draws],
    lengths: Lengths,
    budget: Budget,
    *,
    per_step: int,
    hold: Hold,
    groups: np.ndarray | None = None,
    decided: int | None = None,
) -> Plan:
    """Plan a run: draw passes until a step of `per_step` batches reaches the held amount.

    `draws`: maps the number of a pass (0, 1, ...) and the consumed fraction of the held amount at
    its start to the draws of that pass; those of the first `decided` passes will not change (None:
    of all). `lengths`: seconds and supervised tokens (None if unknown; may be expectations) by
    utterance number. `groups`: the language of each utterance, to stratify steps by; None does not
    stratify. A step may span two passes; the last pass is cut where the amount is reached.

    Raises InputError for an amount out of its bounds, an utterance longer than the budget, a hold
    on tokens that are not counted, passes that add nothing to the held quantity, more than 10^9
    draws, and a step of more than 100,000 batches or 100 passes.
    """
    if wrong := wrong_value(hold, "hold."):
        raise InputError(wrong)
    if not 1 <= per_step <= _MOST_BATCHES:
        raise InputError(f"batch.per_step is {per_step}; it must be from 1 to {_MOST_BATCHES:,}")
    passes: list[_Pass] = []
    drawn = np.zeros(len(stream.sizes), dtype=np.int64)
    gains = np.empty(0)
    consumed = np.empty(0)
    while not len(consumed):
        begun = len(gains) / per_step if hold.quantity == "steps" else float(gains.sum())
        wanted = draws(len(passes), min(begun / hold.amount, 1.0))
        order = stream.order(len(passes), wanted, drawn.tolist())
        strata = None if groups is None else Strata(groups, per_step, before=len(gains))
        batches = compose(order, lengths, budget, stream.batch_rng(len(passes)), strata=strata)
        passes.append(_Pass(wanted, order, batches, begins=int(drawn.sum())))
        drawn += wanted.counts
        gained = _gains(batches, hold.quantity)
        if not gained.sum() > 0:
            raise InputError(f"a pass adds nothing to hold.quantity '{hold.quantity}'")
        _refuse_endless(len(order), float(gained.sum()), per_step, hold)
        _refuse_wide(len(batches), per_step)
        gains = np.concatenate([gains, gained])
        consumed = _consumed(gains, per_step, hold)
    planned = replace(_plan(passes, consumed, per_step, hold), stretch=lengths.stretch)
    if decided is None or decided >= len(passes):
        return planned
    return replace(
        planned, open_after=sum(len(one.batches) for one in passes[:decided]) // per_step
    )


@dataclass(frozen=True, eq=False)
class _Pass:
    """One pass: its draws, order and batches; `begins`: draws of the passes before it."""

    draws: Draws
    order: np.ndarray
    batches: Batches
    begins: int


def _refuse_endless(drawn: int, gained: float, per_step: int, hold: Hold) -> None:
    """Raise InputError if passes like this one would need too many draws to reach the amount."""
    amount = hold.amount * (per_step if hold.quantity == "steps" else 1)
    wanted = drawn * amount / gained
    if wanted > _MOST_DRAWS:
        raise InputError(
            f"hold.amount is {hold.amount:g} {hold.quantity}, which takes about {wanted:.1e} draws "
            f"of utterances; a plan may have {_MOST_DRAWS:.0e} at most: lower hold.amount"
        )


def _refuse_wide(batches: int, per_step: int) -> None:
    """Raise InputError if one optimiser step would take too many passes over the data."""
    if per_step > _MOST_PASSES * batches:
        raise InputError(
            f"batch.per_step is {per_step}, but a pass over the training data has {batches} "
            f"batches: one step would take {per_step / batches:,.0f} passes, more than "
            f"{_MOST_PASSES}; lower batch.per_step"
        )


def _gains(batches: Batches, quantity: Quantity) -> np.ndarray:
    """What each batch adds to the held quantity, shape (batches,); 1 each if it is steps."""
    if quantity == "steps":
        return np.ones(len(batches))
    if quantity == "utterances":
        return np.diff(batches.bounds).astype(np.float64)
    if quantity == "audio_hours":
        return batches.seconds / 3600
    if batches.tokens is None:
        raise InputError("hold.quantity is 'supervised_tokens', but tokens are not counted here")
    return batches.tokens


def _consumed(gains: np.ndarray, per_step: int, hold: Hold) -> np.ndarray:
    """The held quantity after each step, up to the first at or past the amount; empty before it."""
    whole = len(gains) // per_step * per_step
    by_step = gains[:whole].reshape(-1, per_step).sum(axis=1)
    if hold.quantity == "steps":
        by_step = np.ones(len(by_step))
    consumed = np.concatenate([[0.0], np.cumsum(by_step)])
    last = int(np.searchsorted(consumed, hold.amount))
    return consumed[: last + 1] if last < len(consumed) else np.empty(0)


def _plan(passes: list[_Pass], consumed: np.ndarray, per_step: int, hold: Hold) -> Plan:
    """Join passes to one run, cut after its last step; sort each step's batches by cost."""
    steps = len(consumed) - 1
    batches = [one.batches for one in passes]

    def joined(columns: Iterable[np.ndarray]) -> np.ndarray:
        return np.concatenate(list(columns))[: steps * per_step]

    cost = joined(one.cost for one in batches)
    by_cost = np.lexsort((-cost, np.repeat(np.arange(steps), per_step)))
    sizes = joined(np.diff(one.bounds) for one in batches)
    moved = spans((np.cumsum(sizes) - sizes)[by_cost], sizes[by_cost])
    tokens = [one.tokens for one in batches if one.tokens is not None]
    return Plan(
        hold=hold,
        per_step=per_step,
        numbers=np.concatenate([one.order[one.batches.positions] for one in passes])[moved],
        draw_numbers=np.concatenate([one.batches.positions + one.begins for one in passes])[moved],
        bounds=np.concatenate([[0], np.cumsum(sizes[by_cost])]),
        seconds=joined(one.seconds for one in batches)[by_cost],
        tokens=joined(tokens)[by_cost] if tokens else None,
        padded=joined(one.padded for one in batches)[by_cost],
        cost=cost[by_cost],
        consumed=consumed,
        draws=tuple(one.draws for one in passes),
    )
