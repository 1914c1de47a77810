"""The composer: from drawn utterances to batches of like length under a padded budget."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from plion.errors import InputError
from plion.sampling.strata import Strata, mixed, shuffled

# Text tokens that cost as much as a second of audio: what the audio encoder gives the decoder.
TOKENS_PER_SECOND = 13


@dataclass(frozen=True)
class Budget:
    """What a batch may hold.

    `seconds`: of padded length times the number of utterances. The padded length is the longest
    audio rounded up to whole seconds (the encoder pads to them), and a thirteenth of a second for
    every token of the longest text: what the model pays for. `utterances`: at most. `window`: how
    many drawn utterances at most are sorted by length together; larger pads less and mixes less.
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
    """How long utterances are, by number: `seconds` of audio and supervised `tokens`, where known.

    `words`: tokens of the words and of a context, by which batches are cut, so that what a tag
    policy puts before them changes no batch; None takes `tokens`. `speed`: the slowest that audio
    may be played at; batches have room for that. `stretch`: what a second becomes when played, on
    average.
    """

    seconds: np.ndarray
    tokens: np.ndarray | None = None
    words: np.ndarray | None = None
    speed: float = 1.0
    stretch: float = 1.0

    @property
    def text(self) -> np.ndarray | None:
        """Tokens that a batch must have room for, where known."""
        return self.tokens if self.words is None else self.words

    def of(self, numbers: np.ndarray) -> "Lengths":
        """The lengths of some utterances."""
        tokens, words = (by if by is None else by[numbers] for by in (self.tokens, self.words))
        seconds = self.seconds[numbers]
        return replace(self, seconds=seconds, tokens=tokens, words=words)

    def padded(self) -> np.ndarray:
        """Seconds of audio that each is padded to in a batch of its own (utterances,)."""
        return padded_seconds(self.seconds / self.speed)

    def cost(self) -> np.ndarray:
        """Seconds that each costs in a batch of its own (utterances,)."""
        return _cost(self.padded(), self.text)


@dataclass(frozen=True, eq=False)
class Batches:
    """Batches as flat arrays: batch b is `positions[bounds[b]:bounds[b + 1]]`, longest first.

    And by batch: `seconds` of audio and supervised `tokens` (None where unknown) in it, its
    `padded` seconds of audio, and its `cost`, which the budget limits.
    """

    positions: np.ndarray
    bounds: np.ndarray
    seconds: np.ndarray
    tokens: np.ndarray | None
    padded: np.ndarray
    cost: np.ndarray

    def __len__(self) -> int:
        return len(self.bounds) - 1


def padded_seconds(longest: np.ndarray) -> np.ndarray:
    """What each utterance of a batch is padded to, the longest of which has `longest` seconds."""
    padded: np.ndarray = np.maximum(np.ceil(longest), 1)
    return padded


def spans(starts: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The integers start, start + 1, ... of each span, one span after another (sum of sizes,)."""
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
    """Cuts drawn utterances into batches.

    `order`: utterance numbers as drawn. The draw is cut into equal windows of at most
    `budget.window`, each sorted by length and filled into batches from the longest down, each
    window's batches then shuffled. Every position of `order` is in exactly one batch. What bounds a
    window of the draw (stream.py) does not bound as many utterances in the order of training: they
    are moved within the composer's window.

    `strata`: languages to mix steps by. With them each window's batches, which are the same, stand
    in an order in which every step, and about 16 batches in a row, have languages near the
    window's shares; which of them come first and last is random, so that lengths have no trend
    over the window.

    Raises InputError, naming the utterance's number, for one that alone is over the budget.
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
            drawn = mixed(strata.groups[numbers[by_length]], cut, drawn)
            drawn = shuffled(drawn, strata.per_step, before, rng)
        moved = spans((np.cumsum(cut) - cut)[drawn], cut[drawn])
        positions[begin:end] = begin + by_length[moved]
        sizes.append(cut[drawn])
    bounds = np.concatenate([[0], np.cumsum(np.concatenate(sizes))])
    return _batches(positions, bounds, lengths.of(order[positions]))


def _by_length(numbers: np.ndarray, lengths: Lengths, budget: Budget) -> np.ndarray:
    """Positions in a window, from the longest down."""
    own = lengths.of(numbers)
    cost = own.cost()
    # Among those of one cost the exact length decides, so that what is alike lies together.
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
        # The first costs the most of all that are left.
        size = int(min(budget.seconds / cost[start], budget.utterances, len(cost) - start))
        if ordered.text is not None:
            # But the longest text may be in another utterance than the longest audio.
            part = slice(start, start + size)
            audio, text = (np.maximum.accumulate(by[part]) for by in (padded, ordered.text))
            fits = _cost(audio, text) * np.arange(1, size + 1) <= budget.seconds
            size = max(1, int(np.count_nonzero(fits)))
        sizes.append(size)
        start += size
    return np.array(sizes, dtype=np.int64)


def _batches(positions: np.ndarray, bounds: np.ndarray, placed: Lengths) -> Batches:
    """Batches with what each holds; `placed`: lengths in the order of the positions."""
    starts, sizes = bounds[:-1], np.diff(bounds)
    longest = np.maximum.reduceat(placed.padded(), starts)
    texts = None if placed.text is None else np.maximum.reduceat(placed.text, starts)
    return Batches(
        positions=positions,
        bounds=bounds,
        seconds=np.add.reduceat(placed.seconds, starts),
        tokens=None if placed.tokens is None else np.add.reduceat(placed.tokens, starts),
        padded=longest * sizes,
        cost=_cost(longest, texts) * sizes,
    )


def _cost(padded: np.ndarray, tokens: np.ndarray | None) -> np.ndarray:
    return padded if tokens is None else padded + tokens / TOKENS_PER_SECOND
