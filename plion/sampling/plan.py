"""The plan: a whole held run, batch by batch, before anything is spent on it."""

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from plion.errors import InputError
from plion.sampling.batches import Budget, compose, padded_seconds
from plion.sampling.stream import Stream

Quantity = Literal["audio_hours", "utterances", "supervised_tokens", "steps"]


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
    padding: float  # the share of the padded audio that is padding, rounding to seconds included


@dataclass(frozen=True, eq=False)
class Plan:
    """The batches of a run in order, and what has been consumed after every optimiser step.

    Batch b holds the utterances `numbers[bounds[b]:bounds[b + 1]]`. Its `draw_numbers` are their
    running numbers in the run's stream: what per-draw randomness hangs on, so that it does not
    depend on how the run is dealt to ranks or workers. `padded` is a batch's padded seconds.
    `consumed[k]` is the held quantity after k steps, from `consumed[0] = 0` on.
    """

    hold: Hold
    per_step: int
    numbers: np.ndarray = field(repr=False)
    draw_numbers: np.ndarray = field(repr=False)
    bounds: np.ndarray = field(repr=False)
    padded: np.ndarray = field(repr=False)
    consumed: np.ndarray = field(repr=False)
    totals: Totals

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

    def batch(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """The utterance numbers and draw numbers of a batch."""
        part = slice(self.bounds[number], self.bounds[number + 1])
        return self.numbers[part], self.draw_numbers[part]

    def deal(self, rank: int, world_size: int) -> np.ndarray:
        """The numbers of the batches that a rank takes: per_step / world_size of each step.

        Raises InputError where that is a fraction.
        """
        if self.per_step % world_size:
            raise InputError(
                f"batch.per_step is {self.per_step}, which {world_size} devices cannot share "
                "equally; make it a multiple of their number"
            )
        return np.arange(self.batches).reshape(-1, self.per_step)[:, rank::world_size].ravel()


def plan(
    stream: Stream,
    durations: np.ndarray,
    budget: Budget,
    per_step: int,
    hold: Hold,
    tokens: np.ndarray | None = None,
    lengths: np.ndarray | None = None,
) -> Plan:
    """Plans a run: passes of the stream until a step of `per_step` batches reaches the held amount.

    By utterance number: `durations`, seconds; `tokens`, supervised tokens (None where unknown;
    expected ones may be fractions); `lengths`, the seconds that a batch must have room for (None
    where they are the durations). What is held and counted are durations, what is padded lengths.
    A step may span two passes; the last pass is left where the amount is reached.

    Raises InputError for an utterance longer than the budget, for a hold on tokens that are not
    counted, and for a stream whose passes add nothing to what is held.
    """
    if per_step < 1:
        raise InputError(f"batch.per_step is {per_step}; it must be 1 or more")
    lengths = durations if lengths is None else lengths
    cost = _cost(hold, durations, tokens)
    passes: list[_Pass] = []
    gains = np.empty(0)
    consumed = np.empty(0)
    while not len(consumed):
        passes.append(_Pass.compose(stream, len(passes), lengths, budget))
        gained = np.add.reduceat(cost[passes[-1].numbers], passes[-1].starts)
        if not gained.sum() > 0:
            raise InputError(f"a pass adds nothing to hold.quantity '{hold.quantity}'")
        gains = np.concatenate([gains, gained])
        consumed = _consumed(gains, per_step, hold)
    steps = len(consumed) - 1
    sizes = np.concatenate([one.sizes for one in passes])[: steps * per_step]
    bounds = np.concatenate([[0], np.cumsum(sizes)])
    numbers = np.concatenate([one.numbers for one in passes])[: bounds[-1]]
    draw_numbers = np.concatenate([one.draw_numbers for one in passes])[: bounds[-1]]
    padded = padded_seconds(np.maximum.reduceat(lengths[numbers], bounds[:-1])) * sizes
    totals = Totals(
        audio_hours=float(durations[numbers].sum()) / 3600,
        utterances=len(numbers),
        supervised_tokens=None if tokens is None else round(float(tokens[numbers].sum())),
        steps=steps,
        padding=1 - float(lengths[numbers].sum()) / float(padded.sum()),
    )
    return Plan(hold, per_step, numbers, draw_numbers, bounds, padded, consumed, totals)


@dataclass(frozen=True, eq=False)
class _Pass:
    """One pass in batch order: utterances, their draw numbers in the run, where batches start."""

    numbers: np.ndarray
    draw_numbers: np.ndarray
    starts: np.ndarray
    sizes: np.ndarray

    @classmethod
    def compose(cls, stream: Stream, epoch: int, lengths: np.ndarray, budget: Budget) -> "_Pass":
        order = stream.epoch(epoch)
        batches = compose(order, lengths, budget, stream.batch_rng(epoch))
        return cls(
            numbers=order[batches.positions],
            draw_numbers=batches.positions + epoch * len(order),
            starts=batches.bounds[:-1],
            sizes=np.diff(batches.bounds),
        )


def _cost(hold: Hold, durations: np.ndarray, tokens: np.ndarray | None) -> np.ndarray:
    """What one draw of each utterance adds to the held quantity (steps are counted by batch)."""
    if hold.quantity == "audio_hours":
        return durations / 3600
    if hold.quantity == "supervised_tokens":
        if tokens is None:
            raise InputError("hold.quantity is 'supervised_tokens', but no tokens are counted here")
        return tokens
    return np.ones(len(durations))


def _consumed(gains: np.ndarray, per_step: int, hold: Hold) -> np.ndarray:
    """The held quantity from 0 to the first step at or past the amount; empty if none is yet."""
    whole = len(gains) // per_step * per_step
    by_step = gains[:whole].reshape(-1, per_step).sum(axis=1)
    if hold.quantity == "steps":
        by_step = np.ones(len(by_step))
    consumed = np.concatenate([[0.0], np.cumsum(by_step)])
    last = int(np.searchsorted(consumed, hold.amount))
    return consumed[: last + 1] if last < len(consumed) else np.empty(0)
