"""The stream: which utterances a run draws, pass after pass, and in what order.

Pure in (seed, pass, position): there is no state to save.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from plion.errors import InputError
from plion.sampling.batches import spans
from plion.sampling.choices import Allocation, Redraw
from plion.sampling.mixture import Draws
from plion.sampling.policy import Copies

# What a random generator is for: the same seed gives each purpose numbers of its own.
_DRAW, _ORDER, _MIX, _BATCH = range(4)
_BLOCK = 2**17  # draws interleaved at a time; part of what a seed means


@dataclass(frozen=True)
class Stream:
    """An endless stream of utterance numbers in passes, with exact counts in every pass.

    Utterances are numbered through the corpora: corpus 0 has 0..sizes[0]-1, corpus 1 goes on there.
    A corpus is read through shuffles of its pool, one after the other, each used up before the
    next begins. The pool is what `allocation` makes it:

    - `even`: the corpus, so that every utterance is drawn floor or ceil of draws / size times in a
      pass (under `continue`, of all draws so far over size, so that one pass may be further off);
    - `algorithm1`: copies of it, thinned at random, of which a pass takes its draws at random, as
      Polyglot-Lion's Algorithm 1 prints it (arXiv 2603.16184): corpora are copied and thinned to
      the largest of their language, languages are copied and thinned to the largest of all. The
      second thinning is of a language as a whole there, so that the counts of its corpora vary;
      here they are exact. In the paper's literal pass an utterance of FLEURS Malay is drawn 22.5
      times with a standard deviation of 3.9. Where a policy states no copies they are the fewest
      that hold the draws, thinned once.

    `redraw` says what a new pass does: `per_pass` begins with new shuffles, `once` repeats the
    draw of the first in a new order, `continue` goes on in the shuffle where the last one stopped,
    so that everything in the pool is seen before anything is seen again. (Fewest copies are another
    pool when a schedule changes the draws: the place in it is kept, what was seen is not.)

    Corpora are interleaved at random, each keeping its own order: in w draws one after another a
    corpus is within sqrt(w ln(2 / d) / 2) draws of its share but with probability d (Hoeffding
    1963, section 6), be it one pass or several.
    """

    sizes: tuple[int, ...]
    seed: int
    redraw: Redraw = "per_pass"
    allocation: Allocation = "even"

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise InputError(f"seed is {self.seed}; it must be 0 or more")

    @property
    def offsets(self) -> np.ndarray:
        """The number of each corpus's first utterance, and of all utterances: corpora + 1."""
        return np.concatenate([[0], np.cumsum(self.sizes)]).astype(np.int64)

    def order(self, epoch: int, draws: Draws, before: Sequence[int] | None = None) -> np.ndarray:
        """The utterance numbers of a pass (0, 1, ...) in order, shape (sum of draws,).

        `before`: what earlier passes drew of each corpus, where `continue` goes on; by default
        they drew as much as this one.
        """
        if before is None:
            before = [epoch * count for count in draws.counts]
        offsets = self.offsets
        number = np.int32 if offsets[-1] < 2**31 else np.int64
        drawn = [
            (self._drawn(corpus, epoch, draws, before[corpus]) + offsets[corpus]).astype(number)
            for corpus in range(len(self.sizes))
        ]
        return _interleaved(np.concatenate(drawn), draws.counts, self._rng(_MIX, epoch))

    def corpus_of(self, numbers: np.ndarray | int) -> np.ndarray:
        """The corpus, by position, that each utterance number belongs to."""
        return np.asarray(np.searchsorted(self.offsets, numbers, side="right") - 1)

    def batch_rng(self, epoch: int) -> np.random.Generator:
        """The generator that orders the batches of a pass."""
        return self._rng(_BATCH, epoch)

    def _drawn(self, corpus: int, epoch: int, draws: Draws, before: int) -> np.ndarray:
        """What a corpus gives to a pass, by position in it, in the corpus's own order."""
        count, copies = draws.counts[corpus], self._copies(corpus, draws)
        if self.redraw == "continue":
            parts = self._read(corpus, 0, copies, before, count)
        elif self.redraw == "once":
            rng = self._rng(_ORDER, corpus, epoch)
            parts = [rng.permutation(part) for part in self._read(corpus, 0, copies, 0, count)]
        else:
            parts = self._read(corpus, epoch, copies, 0, count)
        return np.concatenate([*parts, np.empty(0, np.int64)])

    def _copies(self, corpus: int, draws: Draws) -> Copies:
        if self.allocation == "even":
            return Copies(1, 1)
        if draws.copies is not None:
            return draws.copies[corpus]
        fewest = max(1, math.ceil(draws.counts[corpus] / self.sizes[corpus]))
        return Copies(fewest, fewest)

    def _read(
        self, corpus: int, key: int, copies: Copies, start: int, count: int
    ) -> list[np.ndarray]:
        """`count` items from `start` on in the endless row of shuffles of a pool, in parts."""
        size = self.sizes[corpus]
        kept = math.ceil(round(copies.kept * size, 6))  # whole but for a float's last bits
        pool = kept * copies.second
        parts = []
        stop = start + count
        while start < stop:
            shuffle, begin = divmod(start, pool)
            end = min(pool, begin + stop - start)
            rng = self._rng(_DRAW, corpus, key, shuffle)
            made = copies.first * size
            first = rng.permutation(made)[:kept] if kept < made else np.arange(made)
            parts.append(first[rng.permutation(pool)[begin:end] % kept] % size)
            start += end - begin
        return parts

    def _rng(self, *key: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, *key])


def _interleaved(items: np.ndarray, counts: Sequence[int], rng: np.random.Generator) -> np.ndarray:
    """Groups of `counts` items, which stand one after the other, interleaved at random.

    Each keeps its own order. This is a shuffle of the group labels, made block by block so that a
    large one stays in the processor's cache: how many of a group a block has is hypergeometric.
    """
    # Labels of 16 bits are sorted by radix.
    labels = np.arange(len(counts), dtype=np.uint16 if len(counts) < 2**16 else np.int64)
    order = np.empty_like(items)
    left = np.array(counts, dtype=np.int64)
    starts = np.cumsum(left) - left
    for begin in range(0, len(items), _BLOCK):
        block = order[begin : begin + _BLOCK]
        own = rng.multivariate_hypergeometric(left, len(block))
        mixed = rng.permutation(np.repeat(labels, own))
        block[np.argsort(mixed, kind="stable")] = items[spans(starts, own)]
        left -= own
        starts += own
    return order
