"""The order of a window's batches in which every optimiser step is near the window's mix."""

from dataclasses import dataclass

import numpy as np

_CANDIDATES = 256  # batches looked at for each place
_TOGETHER = 16  # batches that stay side by side, and parts of a window that are shuffled: about


@dataclass(frozen=True, eq=False)
class Strata:
    """What steps are to be mixed by.

    `groups`: a small number for each utterance, its language. `per_step`: batches of an optimiser
    step. `before`: batches that the run has had already, the last of which may have begun a step.
    """

    groups: np.ndarray
    per_step: int
    before: int = 0


def mixed(groups: np.ndarray, sizes: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """An order of batches in which the groups seen so far stay near those of all (batches,).

    `groups`: of each utterance, batch after batch; `sizes`: utterances of each batch; `drawn`: the
    batches in random order. Each place has the batch that brings the running counts nearest to the
    mix of all, of the next few in the order drawn. Large batches, which bring them far, are left
    for the end: utterances get shorter from first to last.
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
    """The same batches with whole steps moved at random, a few that follow each other together.

    What a step holds stays, and a trend over the window goes. `before`: batches of the run before
    these. What shares a step with another window's batches stays at an end of the window, so the
    order is reversed first, or not, at random: no end is always that of the long utterances.
    """
    order = order[:: rng.choice([1, -1])]
    first = min(-before % per_step, len(order))
    steps = (len(order) - first) // per_step
    last = first + steps * per_step
    together = per_step * max(1, min(_TOGETHER // per_step, steps // _TOGETHER))
    parts = np.split(order[first:last], range(together, last - first, together))
    moved = [parts[number] for number in rng.permutation(len(parts))]
    return np.concatenate([order[:first], *moved, order[last:]])
