"""Draw train, valid and test parts that the publisher does not ship.

Groups are ordered by a keyed hash of their names, so that the draw is reproducible and depends on
neither the order of files nor the rest of the corpus.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

NONE = -1  # in no split; train, valid and test are 0, 1 and 2
_KEY = b"plion splits 1"
_NEAR = 8_192  # utterances

Amounts = tuple[int, int, int]


def group_hash(name: str) -> int:
    """A 64-bit keyed BLAKE2b hash of a speaker, sentence or id, by which `assign` orders groups."""
    digest = hashlib.blake2b(name.encode(), digest_size=8, key=_KEY).digest()
    return int.from_bytes(digest, "big")


def assign(
    parts: NDArray[np.int8],
    groups: NDArray[np.uint64],
    amounts: Amounts,
    *,
    exact: bool = False,
) -> NDArray[np.int8]:
    """The part of each utterance, shape (utterances,): 0, 1, 2 (train, valid, test) or NONE.

    `parts`: the publisher's parts, which are kept. Missing ones are drawn from train, or if there
    is none from the utterances without a part, in proportion to `amounts` (of train, which must be
    above 0, valid and test); the rest is train. With `exact`, `amounts` are numbers of utterances;
    if there are enough, the rest has no part.

    `groups`: the `group_hash` of each utterance; equal ones stay together. Sizes are rounded by
    largest remainder, and reached exactly if whole groups allow it, else as nearly as possible.
    (For a part of more than 8,192 utterances and 16 times the largest group, only the last groups
    are chosen for this, so an exact size may be missed.) Train keeps at least one group.
    """
    train = parts == 0
    pool = np.flatnonzero(train if train.any() else parts == NONE)
    present = [bool((parts == part).any()) for part in range(3)]
    if all(present) or not len(pool):
        return parts.copy()
    shares = [0 if part and present[part] else amount for part, amount in enumerate(amounts)]
    exact = exact and len(pool) >= sum(shares)
    targets = shares if exact else largest_remainder(len(pool), shares)

    _, group, sizes = np.unique(groups[pool], return_inverse=True, return_counts=True)
    dealt = np.full(len(sizes), NONE if exact else 0, np.int8)
    left = np.arange(len(sizes))
    for part in (2, 1, 0) if exact else (2, 1):
        # In order of hashes; the last group is reserved for train.
        free = left[:-1] if part else left
        taken = _nearest(sizes[free], targets[part])
        dealt[free[taken]] = part
        left = np.delete(left, taken)
    result = parts.copy()
    result[pool] = dealt[group]
    return result


def largest_remainder(total: int, shares: Sequence[int]) -> list[int]:
    """Integers in proportion to `shares` that sum to `total`, by largest remainder."""
    everything = sum(shares)
    sizes = [total * share // everything for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda n: -(total * shares[n] % everything))
    for number in by_remainder[: total - sum(sizes)]:
        sizes[number] += 1
    return sizes


def _nearest(sizes: NDArray[np.intp], target: int) -> list[int]:
    """Indices of groups, early ones first, whose sizes sum to `target` or nearly so.

    Takes groups in order until less than `_NEAR` utterances or 16 times the largest group are
    wanted; chooses only the last ones for their sum.
    """
    if target == 0 or not len(sizes):
        return []
    far = target - max(_NEAR, 16 * int(sizes.max()))
    first = int(np.searchsorted(np.cumsum(sizes), far, side="right"))
    wanted = target - int(sizes[:first].sum())
    return [*range(first), *(first + number for number in _subset(sizes[first:], wanted))]


def _subset(sizes: NDArray[np.intp], target: int) -> list[int]:
    """Indices of at least one group whose sizes sum to the value nearest to `target` (above 0).

    Subset sum: bit s of `reached` is set if some of the groups so far sum to s.
    """
    if not len(sizes):
        return []
    within = (1 << target + int(sizes.max()) + 1) - 1
    reached = 1
    last: dict[int, int] = {}  # of the groups that first reached a sum
    for number, size in enumerate(sizes.tolist()):
        fresh = (reached << size) & within & ~reached
        reached |= fresh
        while fresh:
            lowest = fresh & -fresh
            last[lowest.bit_length() - 1] = number
            fresh ^= lowest
        if target in last:
            break
    total = min(last, key=lambda s: (abs(s - target), s))
    taken = []
    while total:
        taken.append(last[total])
        total -= int(sizes[last[total]])
    return taken
