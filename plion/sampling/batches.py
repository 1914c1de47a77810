"""The composer: from drawn utterances to batches of like length under a padded budget."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from plion.errors import InputError


@dataclass(frozen=True)
class Budget:
    """What a batch may hold.

    `seconds`: of padded audio, the longest utterance rounded up to whole seconds (the encoder pads
    to them) times the number of utterances. `utterances`: at most. `window`: how many drawn
    utterances at most are sorted by length together; larger pads less and mixes less.
    """

    seconds: float
    utterances: int
    window: int

    def __post_init__(self) -> None:
        for name in ("seconds", "utterances", "window"):
            if getattr(self, name) <= 0:
                raise InputError(f"batch.{name} is {getattr(self, name)}; it must be more than 0")


@dataclass(frozen=True, eq=False)
class Batches:
    """Batches as flat arrays: batch b is `positions[bounds[b]:bounds[b + 1]]`, longest first."""

    positions: np.ndarray
    bounds: np.ndarray

    def __len__(self) -> int:
        return len(self.bounds) - 1


def padded_seconds(longest: np.ndarray) -> np.ndarray:
    """What each utterance of a batch is padded to, the longest of which has `longest` seconds."""
    padded: np.ndarray = np.maximum(np.ceil(longest), 1)
    return padded


def compose(
    order: np.ndarray, durations: np.ndarray, budget: Budget, rng: np.random.Generator
) -> Batches:
    """Cuts drawn utterances into batches.

    `order`: utterance numbers as drawn; `durations`: seconds, by utterance number. The draw is cut
    into equal windows of at most `budget.window`, each sorted by length and filled into batches
    from the longest down, each window's batches then shuffled. Every position of `order` is in
    exactly one batch.

    Raises InputError, naming the utterance's number, for one that alone is over the budget.
    """
    lengths = durations[order]
    room = budget.seconds // padded_seconds(lengths)
    if len(order) and room.min() < 1:
        worst = int(lengths.argmax())
        raise InputError(
            f"utterance {order[worst]} lasts {lengths[worst]:.2f} s, more than a batch may hold "
            f"(batch.seconds is {budget.seconds:g}); raise batch.seconds or leave it out"
        )
    windows = -(-len(order) // budget.window)
    edges = np.linspace(0, len(order), windows + 1).astype(np.int64)
    window_of = np.repeat(np.arange(windows), np.diff(edges))
    by_length = np.lexsort((-lengths, window_of))
    most = np.minimum(room[by_length], budget.utterances).astype(np.int64)
    starts = _cut(most.tolist(), edges.tolist())
    return _shuffled(by_length, starts, window_of[starts], rng)


def _cut(most: list[int], edges: list[int]) -> np.ndarray:
    """Where batches start: the longest comes first, so it alone says how many go with it."""
    starts = []
    for begin, end in pairwise(edges):
        while begin < end:
            starts.append(begin)
            begin += most[begin]
    return np.array(starts, dtype=np.int64)


def _shuffled(
    by_length: np.ndarray, starts: np.ndarray, window_of: np.ndarray, rng: np.random.Generator
) -> Batches:
    """Batches in random order within their window, as flat arrays."""
    sizes = np.diff(starts, append=len(by_length))
    shuffle = np.lexsort((rng.random(len(starts)), window_of))
    bounds = np.concatenate([[0], np.cumsum(sizes[shuffle])]).astype(np.int64)
    moved = np.repeat(starts[shuffle] - bounds[:-1], sizes[shuffle])
    return Batches(by_length[moved + np.arange(len(by_length))], bounds)
