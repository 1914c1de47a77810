"""The plan: a whole held run, batch by batch, before anything is spent on it."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from plion.errors import InputError
from plion.sampling.batches import Batches, Budget, Lengths, compose, spans
from plion.sampling.choices import Quantity
from plion.sampling.mixture import Draws
from plion.sampling.strata import Strata
from plion.sampling.stream import Stream

_MOST_DRAWS = 10**9  # of a run: its plan lists them all
# Of an optimiser step: batches, and passes over all that a run draws from.
_MOST_BATCHES, _MOST_PASSES = 100_000, 100


@dataclass(frozen=True)
class Hold:
    """The amount of one quantity that a run is held to."""

    quantity: Quantity
    amount: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.amount) and self.amount > 0):
            raise InputError(f"hold.amount is {self.amount}; it must be a number more than 0")


@dataclass(frozen=True)
class Totals:
    """What a run comes to. `supervised_tokens` is None where they are not counted."""

    audio_hours: float
    utterances: int
    supervised_tokens: int | None
    steps: int
    # The share of the padded audio that is padding, rounding to seconds included; at most, where
    # speeds vary: every batch is taken to be as long as it may be.
    padding: float


@dataclass(frozen=True, eq=False)
class Plan:
    """The batches of a run in order, and what has been consumed after every optimiser step.

    Batch b holds the utterances `numbers[bounds[b]:bounds[b + 1]]`. Its `draw_numbers` are their
    running numbers in the run's stream: what per-draw randomness hangs on, so that it does not
    depend on how the run is dealt to ranks or workers. By batch: `seconds` of audio, `tokens` of
    text (None where unknown), `padded` seconds and `cost` (batches.py). A step's batches stand from
    the costliest down. `consumed[k]` is the held quantity after k steps, from `consumed[0] = 0` on.
    `draws[p]` is what pass p draws. `stretch`: what a second of audio becomes when it is played.
    """

    hold: Hold
    per_step: int
    numbers: np.ndarray = field(repr=False)
    draw_numbers: np.ndarray = field(repr=False)
    bounds: np.ndarray = field(repr=False)
    seconds: np.ndarray = field(repr=False)
    tokens: np.ndarray | None = field(repr=False)
    padded: np.ndarray = field(repr=False)
    cost: np.ndarray = field(repr=False)
    consumed: np.ndarray = field(repr=False)
    draws: tuple[Draws, ...] = field(repr=False)
    stretch: float = 1.0

    @property
    def batches(self) -> int:
        """How many batches the run has: `steps` times `per_step`."""
        return len(self.bounds) - 1

    @property
    def steps(self) -> int:
        return len(self.consumed) - 1

    @property
    def fractions(self) -> np.ndarray:
        """Consumed over held after every step, 0 to 1 (steps + 1): the schedule's time."""
        return np.minimum(self.consumed / self.hold.amount, 1.0)

    @property
    def passes(self) -> float:
        """How many passes the run comes to, the last perhaps in part."""
        sizes = [sum(one.counts) for one in self.draws]
        return len(sizes) - 1 + (len(self.numbers) - sum(sizes[:-1])) / sizes[-1]

    @property
    def totals(self) -> Totals:
        """What the run comes to."""
        seconds = float(self.seconds.sum())
        return Totals(
            audio_hours=seconds / 3600,
            utterances=len(self.numbers),
            supervised_tokens=None if self.tokens is None else round(float(self.tokens.sum())),
            steps=self.steps,
            padding=1 - self.stretch * seconds / float(self.padded.sum()),
        )

    def batch(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """The utterance numbers and draw numbers of a batch."""
        part = slice(self.bounds[number], self.bounds[number + 1])
        return self.numbers[part], self.draw_numbers[part]

    def deal(self, rank: int, world_size: int) -> np.ndarray:
        """The numbers of the batches that a rank takes: per_step / world_size of each step.

        At any time the ranks are at neighbours in a step's order of cost, so that none waits long
        for another. Raises InputError where a rank's part is a fraction.
        """
        if self.per_step % world_size:
            raise InputError(
                f"batch.per_step is {self.per_step}, which {world_size} devices cannot share "
                "equally; make it a multiple of their number"
            )
        return np.arange(self.batches).reshape(-1, self.per_step)[:, rank::world_size].ravel()


def plan(
    stream: Stream,
    draws: Callable[[float], Draws],
    lengths: Lengths,
    budget: Budget,
    *,
    per_step: int,
    hold: Hold,
    groups: np.ndarray | None = None,
) -> Plan:
    """Plans a run: passes of the stream until a step of `per_step` batches reaches the held amount.

    `draws`: what a pass takes, given the part of the held amount that is consumed where it begins;
    it stays the same within the pass. `lengths`: seconds and supervised tokens (None where unknown;
    expected ones may be fractions) by utterance number. `groups`: each utterance's language, where
    steps are to be stratified by it. A step may span two passes; the last pass is left where the
    amount is reached.

    Raises InputError for an utterance longer than the budget, for a hold on tokens that are not
    counted, for a stream whose passes add nothing to what is held, for more draws than can be
    planned, and for a step of 100,000 batches or 100 passes.
    """
    if not 1 <= per_step <= _MOST_BATCHES:
        raise InputError(f"batch.per_step is {per_step}; it must be from 1 to {_MOST_BATCHES:,}")
    passes: list[_Pass] = []
    drawn = np.zeros(len(stream.sizes), dtype=np.int64)
    gains = np.empty(0)
    consumed = np.empty(0)
    while not len(consumed):
        begun = len(gains) / per_step if hold.quantity == "steps" else float(gains.sum())
        wanted = draws(min(begun / hold.amount, 1.0))
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
    return replace(_plan(passes, consumed, per_step, hold), stretch=lengths.stretch)


@dataclass(frozen=True, eq=False)
class _Pass:
    """One pass: what it draws, in which order, in which batches, after how many draws in all."""

    draws: Draws
    order: np.ndarray
    batches: Batches
    begins: int


def _refuse_endless(drawn: int, gained: float, per_step: int, hold: Hold) -> None:
    """Raises InputError where passes such as this one would have to be drawn for ever."""
    amount = hold.amount * (per_step if hold.quantity == "steps" else 1)
    wanted = drawn * amount / gained
    if wanted > _MOST_DRAWS:
        raise InputError(
            f"hold.amount is {hold.amount:g} {hold.quantity}, which takes about {wanted:.1e} draws "
            f"of utterances, and a plan has at most {_MOST_DRAWS:.0e}; lower it"
        )


def _refuse_wide(batches: int, per_step: int) -> None:
    """Raises InputError where one step would take in the data over and over."""
    if per_step > _MOST_PASSES * batches:
        raise InputError(
            f"batch.per_step is {per_step}, and a pass over the training data has {batches} "
            f"batches: one step would take {per_step / batches:,.0f} passes, and may take "
            f"{_MOST_PASSES}; lower it"
        )


def _gains(batches: Batches, quantity: Quantity) -> np.ndarray:
    """What each batch adds to the held quantity; 1 where steps are held."""
    if quantity == "steps":
        return np.ones(len(batches))
    if quantity == "utterances":
        return np.diff(batches.bounds).astype(np.float64)
    if quantity == "audio_hours":
        return batches.seconds / 3600
    if batches.tokens is None:
        raise InputError("hold.quantity is 'supervised_tokens', but no tokens are counted here")
    return batches.tokens


def _consumed(gains: np.ndarray, per_step: int, hold: Hold) -> np.ndarray:
    """The held quantity from 0 to the first step at or past the amount; empty if none is yet."""
    whole = len(gains) // per_step * per_step
    by_step = gains[:whole].reshape(-1, per_step).sum(axis=1)
    if hold.quantity == "steps":
        by_step = np.ones(len(by_step))
    consumed = np.concatenate([[0.0], np.cumsum(by_step)])
    last = int(np.searchsorted(consumed, hold.amount))
    return consumed[: last + 1] if last < len(consumed) else np.empty(0)


def _plan(passes: list[_Pass], consumed: np.ndarray, per_step: int, hold: Hold) -> Plan:
    """The passes as one run, cut where it ends, each step's batches from the costliest down."""
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
