"""The stream: which utterances a run draws, pass after pass, and in what order.

A pure function of seed and pass: there is no state to save.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from plion.errors import InputError
from plion.sampling.batches import spans
from plion.sampling.mixture import Draws
from plion.sampling.policy import Copies
from plion.sampling.settings import Allocation, Redraw

# Purposes of random numbers: part of the generator's key, so that each has its own sequence.
_DRAW, _ORDER, _MIX, _BATCH = range(4)
_CHUNK = 2**17  # draws interleaved at a time; another value changes the order for a seed


@dataclass(frozen=True)
class Stream:
    """An endless stream of utterance numbers in passes, with exact counts per corpus in every pass.

    `sizes`: utterances of each corpus. Numbers run through the corpora: corpus 0 has
    0..sizes[0]-1, corpus 1 continues from there.

    A corpus is drawn from successive shuffles of its pool, without replacement within a shuffle.
    `allocation` defines the pool:

    - `even`: the corpus itself, so that a pass draws every utterance floor or ceil of draws / size
      times. (With `continue` this holds for all draws so far; a single pass may be further off.)
    - `algorithm1`: copies of the corpus, thinned at random, from which a pass takes its draws at
      random, as Algorithm 1 of Polyglot-Lion (arXiv 2603.16184): corpora are copied and thinned to
      the largest of their language, then languages to the largest language. The paper thins a
      language as a whole the second time, so that the counts of its corpora vary; here they are
      exact. In the paper's literal pass an utterance of `fleurs_ms` is drawn 22.5 times with a
      standard deviation of 3.9. For a policy that states no copies, the pool has the fewest copies
      that hold the draws, thinned once.

    `redraw` defines what a new pass does: `per_pass` starts new shuffles, `once` repeats the first
    pass's draw in a new order, `continue` resumes the shuffle where the last pass stopped, so that
    the whole pool is drawn before anything is drawn again. (If a schedule changes the draws, the
    fewest copies change and with them the pool: its position is kept, but not what was drawn.)

    Corpora are interleaved at random, each in its own order. In any w consecutive draws, within one
    pass or across passes, a corpus deviates from its share by more than sqrt(w ln(2 / d) / 2) draws
    with probability at most d (Hoeffding 1963, section 6).

    Raises InputError for a negative seed.
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
        """The first utterance number of each corpus, then the total, shape (corpora + 1,)."""
        return np.concatenate([[0], np.cumsum(self.sizes)]).astype(np.int64)

    def order(self, epoch: int, draws: Draws, before: Sequence[int] | None = None) -> np.ndarray:
        """The utterance numbers of pass `epoch` (0, 1, ...) in order, shape (sum of draws,).

        `before`: draws of each corpus in earlier passes, which `continue` resumes after; by default
        every earlier pass drew as many as this one.
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
        """The index of the corpus of each utterance number, in the shape of `numbers`."""
        return np.asarray(np.searchsorted(self.offsets, numbers, side="right") - 1)

    def batch_rng(self, epoch: int) -> np.random.Generator:
        """The generator that orders the batches of a pass."""
        return self._rng(_BATCH, epoch)

    def _drawn(self, corpus: int, epoch: int, draws: Draws, before: int) -> np.ndarray:
        """The utterances of a corpus in a pass, as indices into the corpus, in order of drawing."""
        count, copies = draws.counts[corpus], self._copies(corpus, draws)
        if self.redraw == "continue":
            parts = self._read(corpus, 0, copies, before, count=count)
        elif self.redraw == "once":
            rng = self._rng(_ORDER, corpus, epoch)
            parts = [
                rng.permutation(part) for part in self._read(corpus, 0, copies, 0, count=count)
            ]
        else:
            parts = self._read(corpus, epoch, copies, 0, count=count)
        return np.concatenate([*parts, np.empty(0, np.int64)])

    def _copies(self, corpus: int, draws: Draws) -> Copies:
        if self.allocation == "even":
            return Copies(1, 1)
        if draws.copies is not None:
            return draws.copies[corpus]
        fewest = max(1, math.ceil(draws.counts[corpus] / self.sizes[corpus]))
        return Copies(fewest, fewest)

    def _read(
        self, corpus: int, key: int, copies: Copies, start: int, *, count: int
    ) -> list[np.ndarray]:
        """`count` items from `start` on in the endless sequence of shuffles of a pool, in parts."""
        size = self.sizes[corpus]
        kept = math.ceil(round(copies.kept * size, 6))  # an integer up to rounding errors
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
    """Interleave groups at random, each in its own order; `items` has one group after another.

    Equals a shuffle of the group labels, done chunk by chunk so that it stays in the processor's
    cache; the number of each group's items in a chunk is multivariate hypergeometric.
    """
    # Labels of 16 bits are sorted by radix.
    labels = np.arange(len(counts), dtype=np.uint16 if len(counts) < 2**16 else np.int64)
    order = np.empty_like(items)
    left = np.array(counts, dtype=np.int64)
    starts = np.cumsum(left) - left
    for begin in range(0, len(items), _CHUNK):
        chunk = order[begin : begin + _CHUNK]
        own = rng.multivariate_hypergeometric(left, len(chunk))
        mixed = rng.permutation(np.repeat(labels, own))
        chunk[np.argsort(mixed, kind="stable")] = items[spans(starts, own)]
        left -= own
        starts += own
    return order
