"""Stratified steps: order a window's batches so that every step has near its language shares."""

from dataclasses import dataclass

import numpy as np

_CANDIDATES = 256  # batches considered for each position
_TOGETHER = 16  # about: batches that stay side by side, and parts of a window that are shuffled


@dataclass(frozen=True, eq=False)
class Strata:
    """What to stratify optimiser steps by.

    `groups`: the language index (0, 1, ...) of each utterance number. `per_step`: batches of an
    optimiser step. `before`: batches of the run so far, whose last step may be incomplete.
    """

    groups: np.ndarray
    per_step: int
    before: int = 0


def stratified(groups: np.ndarray, sizes: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Order batches so that running group shares stay near the overall ones, shape (batches,).

    `groups`: of each utterance, batch after batch; `sizes`: utterances of each batch; `drawn`: the
    batch numbers in random order. Greedy: each position takes, of the next `_CANDIDATES` in
    `drawn`, the batch that brings the running counts nearest to the overall mix. Large batches, of
    short utterances, move the counts most and so tend to come last; `shuffled` removes that trend.
    """
    count = int(groups.max()) + 1
    batch_of = np.repeat(np.arange(len(sizes)), sizes)
    seen = np.bincount(batch_of * count + groups, minlength=len(sizes) * count)
    seen = seen.reshape(len(sizes), count)
    away = seen - sizes[:, None] * (seen.sum(axis=0) / sizes.sum())
    squared = (away**2).sum(axis=1)
    left = drawn.tolist()
    total = np.zeros(count)
    order = []
    while left:
        near = left[:_CANDIDATES]
        best = int(np.argmin(squared[near] + 2 * (away[near] @ total)))
        total += away[near[best]]
        order.append(left.pop(best))
    return np.array(order, dtype=np.int64)


def shuffled(order: np.ndarray, per_step: int, before: int, rng: np.random.Generator) -> np.ndarray:
    """Shuffle whole steps of an order of batches, a few neighbouring steps at a time.

    Keeps the content of each step and removes a trend over the window. `before`: batches of the run
    before these. Batches that share a step with another window stay at its ends; so that these are
    not always the long utterances, the order is first reversed with probability one half.
    """
    order = order[:: rng.choice([1, -1])]
    first = min(-before % per_step, len(order))
    steps = (len(order) - first) // per_step
    last = first + steps * per_step
    together = per_step * max(1, min(_TOGETHER // per_step, steps // _TOGETHER))
    parts = np.split(order[first:last], range(together, last - first, together))
    moved = [parts[number] for number in rng.permutation(len(parts))]
    return np.concatenate([order[:first], *moved, order[last:]])
