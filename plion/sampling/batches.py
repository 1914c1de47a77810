"""Cut drawn utterances into batches of similar length under a budget of padded seconds."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from plion.errors import InputError
from plion.sampling.clip_cost import ClipCost
from plion.sampling.strata import Strata, shuffled, stratified


@dataclass(frozen=True)
class Budget:
    """The limits of a batch.

    `seconds`: cost of the longest utterance times the number of utterances. The cost is what the
    model computes on (`ClipCost`): the longest audio as it is padded, and the longest text in
    seconds. `utterances`: the most in a batch. `window`: the most drawn utterances that are sorted
    by length together; larger windows pad less and mix less.

    Raises InputError for a limit of 0 or less.
    """

    seconds: float
    utterances: int
    window: int

    def __post_init__(self) -> None:
        for name in ("seconds", "utterances", "window"):
            if not getattr(self, name) > 0:
                raise InputError(f"batch.{name} is {getattr(self, name)}; it must be more than 0")


@dataclass(frozen=True, eq=False)
class Lengths:
    """The lengths of utterances by number: `seconds` of audio and supervised `tokens`, if known.

    `clip_cost`: what the model computes on for each.

    `words`: tokens of transcript and context without the language tag. Batches are cut by these, so
    that the tag policy changes no batch; None takes `tokens`. `speed`: the slowest speed of the
    augmentation; batches leave room for it. `stretch`: mean playing time of a second of audio.
    """

    seconds: np.ndarray
    clip_cost: ClipCost
    tokens: np.ndarray | None = None
    words: np.ndarray | None = None
    speed: float = 1.0
    stretch: float = 1.0

    @property
    def text(self) -> np.ndarray | None:
        """Tokens that batches are cut by; None if unknown."""
        return self.tokens if self.words is None else self.words

    def of(self, numbers: np.ndarray) -> "Lengths":
        """The lengths of some utterances."""
        tokens, words = (by if by is None else by[numbers] for by in (self.tokens, self.words))
        seconds = self.seconds[numbers]
        return replace(self, seconds=seconds, tokens=tokens, words=words)

    def padded(self) -> np.ndarray:
        """Seconds of audio that each is padded to in a batch of its own, shape (utterances,)."""
        return self.clip_cost.padded(self.seconds / self.speed)

    def cost(self) -> np.ndarray:
        """Seconds of the budget that each takes in a batch of its own, shape (utterances,)."""
        return self.clip_cost.cost(self.padded(), self.text)


@dataclass(frozen=True, eq=False)
class Batches:
    """Batches as flat arrays: batch b is `positions[bounds[b]:bounds[b + 1]]`, longest first.

    Shape (batches,): `seconds` of audio, supervised `tokens` (None if unknown), `padded` seconds of
    audio, and `cost` in seconds of the budget.
    """

    positions: np.ndarray
    bounds: np.ndarray
    seconds: np.ndarray
    tokens: np.ndarray | None
    padded: np.ndarray
    cost: np.ndarray

    def __len__(self) -> int:
        return len(self.bounds) - 1


def spans(starts: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Concatenated ranges: start, start + 1, ... of each span, shape (sum of sizes,)."""
    before = np.cumsum(sizes) - sizes
    return np.repeat(starts - before, sizes) + np.arange(sizes.sum())


def compose(
    order: np.ndarray,
    lengths: Lengths,
    budget: Budget,
    rng: np.random.Generator,
    *,
    strata: Strata | None = None,
) -> Batches:
    """Cut drawn utterances into batches.

    `order`: utterance numbers as drawn. The draw is cut into equal windows of at most
    `budget.window`; each window is sorted by length, filled into batches from the longest down, and
    its batches are shuffled. Every position of `order` is in exactly one batch. The stream's bound
    on shares (stream.py) holds in the order of drawing; here utterances move within their window,
    so in the order of training it holds only over longer stretches.

    `strata`: languages to stratify steps by. This leaves each window's batches the same and orders
    them so that every step, and any 16 or so batches in a row, have languages near the window's
    shares, without a trend in length.

    Raises InputError, naming the utterance's number, for an utterance that is over the budget.
    """
    windows = -(-len(order) // budget.window)
    edges = np.linspace(0, len(order), windows + 1).astype(np.int64)
    positions = np.empty(len(order), dtype=np.int64)
    sizes = [np.empty(0, dtype=np.int64)]
    for begin, end in pairwise(edges):
        numbers = order[begin:end]
        by_length = _by_length(numbers, lengths, budget)
        cut = _cut(lengths.of(numbers[by_length]), budget)
        drawn = rng.permutation(len(cut))
        if strata is not None:
            before = strata.before + sum(map(len, sizes))
            drawn = stratified(strata.groups[numbers[by_length]], cut, drawn)
            drawn = shuffled(drawn, strata.per_step, before, rng)
        moved = spans((np.cumsum(cut) - cut)[drawn], cut[drawn])
        positions[begin:end] = begin + by_length[moved]
        sizes.append(cut[drawn])
    bounds = np.concatenate([[0], np.cumsum(np.concatenate(sizes))])
    return _batches(positions, bounds, lengths.of(order[positions]))


def _by_length(numbers: np.ndarray, lengths: Lengths, budget: Budget) -> np.ndarray:
    """Positions in a window, longest first; raises InputError if the longest is over the budget."""
    own = lengths.of(numbers)
    cost = own.cost()
    # Ties of cost are sorted by exact length, so that similar ones lie together.
    by_length = np.lexsort((-own.seconds, -cost))
    worst = by_length[0]
    if cost[worst] > budget.seconds:
        text = "" if own.text is None else f" and {own.text[worst]:.0f} tokens of text"
        raise InputError(
            f"utterance {numbers[worst]} of {own.seconds[worst]:.2f} s{text} is more than a batch "
            f"may hold (batch.seconds is {budget.seconds:g}); raise batch.seconds or set "
            "batch.too_long=skip"
        )
    return by_length


def _cut(ordered: Lengths, budget: Budget) -> np.ndarray:
    """Sizes of batches: each is filled until the next utterance, in order, would not fit."""
    cost = ordered.cost()
    padded = ordered.padded()
    sizes = []
    start = 0
    while start < len(cost):
        # The first costs the most of those left.
        size = int(min(budget.seconds / cost[start], budget.utterances, len(cost) - start))
        if ordered.text is not None:
            # The longest text may belong to another utterance than the longest audio.
            part = slice(start, start + size)
            audio, text = (np.maximum.accumulate(by[part]) for by in (padded, ordered.text))
            fits = ordered.clip_cost.cost(audio, text) * np.arange(1, size + 1) <= budget.seconds
            size = max(1, int(np.count_nonzero(fits)))
        sizes.append(size)
        start += size
    return np.array(sizes, dtype=np.int64)


def _batches(positions: np.ndarray, bounds: np.ndarray, placed: Lengths) -> Batches:
    """Batches with their sums; `placed`: lengths in the order of `positions`."""
    starts, sizes = bounds[:-1], np.diff(bounds)
    longest = np.maximum.reduceat(placed.padded(), starts)
    texts = None if placed.text is None else np.maximum.reduceat(placed.text, starts)
    return Batches(
        positions=positions,
        bounds=bounds,
        seconds=np.add.reduceat(placed.seconds, starts),
        tokens=None if placed.tokens is None else np.add.reduceat(placed.tokens, starts),
        padded=longest * sizes,
        cost=placed.clip_cost.cost(longest, texts) * sizes,
    )
