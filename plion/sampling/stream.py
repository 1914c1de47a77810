"""The stream: which utterances a run draws, pass after pass, and in what order.

Pure in (seed, epoch): there is no state to save, and any pass can be made without those before it.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from plion.errors import InputError

Redraw = Literal["per_pass", "once", "continue"]
Allocation = Literal["even", "algorithm1"]

# What a random generator is for: the same seed gives each purpose numbers of its own.
_DRAW, _ORDER, _MIX, _BATCH = range(4)


@dataclass(frozen=True)
class Stream:
    """An endless stream of utterance numbers in passes, with exact counts in every pass.

    Utterances are numbered through the corpora: corpus 0 has 0..sizes[0]-1, corpus 1 goes on there.
    A corpus is read through shuffles of its pool, one after the other, each used up before the
    next begins. The pool is what `allocation` makes it:

    - `even`: the corpus, so that every utterance is drawn floor or ceil of draws / size times;
    - `algorithm1`: `copies` of every utterance, of which a pass takes `draws` at random, as
      Polyglot-Lion's Algorithm 1 does (arXiv 2603.16184), both of its thinnings made in one.
      Without `copies` they are the fewest that hold the draws.

    `redraw` says what a new pass does: `per_pass` begins with new shuffles, `once` repeats the
    draw of the first in a new order, `continue` goes on in the shuffle where the last one stopped,
    so that everything in the pool is seen before anything is seen again.

    Corpora are interleaved at random, each keeping its own order.
    """

    sizes: tuple[int, ...]
    draws: tuple[int, ...]
    seed: int
    redraw: Redraw = "per_pass"
    allocation: Allocation = "even"
    copies: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise InputError(f"seed is {self.seed}; it must be 0 or more")

    @property
    def offsets(self) -> np.ndarray:
        """The number of each corpus's first utterance, and of all utterances: corpora + 1."""
        return np.concatenate([[0], np.cumsum(self.sizes)]).astype(np.int64)

    def epoch(self, epoch: int) -> np.ndarray:
        """The utterance numbers of a pass (0, 1, ...) in order: int64, sum of draws."""
        drawn = [self._draw(corpus, epoch) for corpus in range(len(self.sizes))]
        labels = np.repeat(np.arange(len(self.sizes), dtype=np.int32), self.draws)
        self._rng(_MIX, epoch).shuffle(labels)
        numbers = np.empty(len(labels), dtype=np.int64)
        numbers[np.argsort(labels, kind="stable")] = np.concatenate(drawn)
        return numbers

    def corpus_of(self, numbers: np.ndarray | int) -> np.ndarray:
        """The corpus, by position, that each utterance number belongs to."""
        corpora: np.ndarray = np.searchsorted(self.offsets, numbers, side="right") - 1
        return corpora

    def batch_rng(self, epoch: int) -> np.random.Generator:
        """The generator that orders the batches of a pass."""
        return self._rng(_BATCH, epoch)

    def _draw(self, corpus: int, epoch: int) -> np.ndarray:
        """What a corpus gives to a pass, in the corpus's own order."""
        size, count = self.sizes[corpus], self.draws[corpus]
        pool = size * self._copies(corpus)
        if self.redraw == "continue":
            parts = self._read(corpus, 0, pool, epoch * count, count)
        elif self.redraw == "once":
            rng = self._rng(_ORDER, corpus, epoch)
            parts = [rng.permutation(part) for part in self._read(corpus, 0, pool, 0, count)]
        else:
            parts = self._read(corpus, epoch, pool, 0, count)
        items = np.concatenate([*parts, np.empty(0, np.int64)]) % size
        numbers: np.ndarray = items + self.offsets[corpus]
        return numbers

    def _copies(self, corpus: int) -> int:
        if self.allocation == "even":
            return 1
        if self.copies is not None:
            return self.copies[corpus]
        return max(1, -(-self.draws[corpus] // self.sizes[corpus]))

    def _read(self, corpus: int, key: int, pool: int, start: int, count: int) -> list[np.ndarray]:
        """`count` items from `start` on in the endless row of shuffles of a pool, in parts."""
        parts = []
        stop = start + count
        while start < stop:
            shuffle, begin = divmod(start, pool)
            end = min(pool, begin + stop - start)
            items = self._rng(_DRAW, corpus, key, shuffle).permutation(pool)
            parts.append(items[begin:end])
            start += end - begin
        return parts

    def _rng(self, *key: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, *key])
