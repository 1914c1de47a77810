"""Find utterances with identical audio by the content of their files."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from plion.data.audit.reading import Rows
from plion.errors import InputError

Groups = Sequence[Sequence[int]]  # of row numbers
_HEAD = 4096  # bytes; most different files of one size differ within them


def duplicates(rows: Rows) -> Groups:
    """Groups of row numbers with the same offset in files that are identical byte for byte.

    Opens only files of equal size, and reads only those with equal beginnings to the end.
    """
    sizes, offsets = np.array(rows.sizes), np.array(rows.offsets)
    numbers = np.flatnonzero(sizes > 0)
    same = _alike(np.stack([sizes[numbers], offsets[numbers].view(np.int64)], axis=1))
    for whole in (False, True):
        kept = same >= 0
        numbers, same = numbers[kept], same[kept]
        hashes = _hashes(rows, numbers, whole=whole)
        same = _alike(np.stack([same, hashes], axis=1))
    groups: dict[int, list[int]] = {}
    for number, group in zip(numbers.tolist(), same.tolist(), strict=True):
        if group >= 0:
            groups.setdefault(group, []).append(number)
    return sorted(groups.values())


def _alike(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """The group number of each key (a row of `keys`); -1 for a key that occurs once."""
    if not len(keys):
        return np.zeros(0, dtype=np.int64)
    _, group, count = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    group = group.reshape(-1)
    return np.where(count[group] > 1, group, -1)


def _hashes(rows: Rows, numbers: NDArray[np.int64], *, whole: bool) -> NDArray[np.int64]:
    """A 64-bit hash of each row's whole file or of its beginning."""
    hashes = np.zeros(len(numbers), dtype=np.int64)
    doing = "comparing files" if whole else "comparing beginnings"
    for place, number in enumerate(tqdm(numbers.tolist(), desc=doing, leave=False)):
        hashes[place] = _hash(rows[number].audio, whole=whole)
    return hashes


def _hash(path: str, *, whole: bool) -> int:
    try:
        with open(path, "rb") as file:
            digest = (
                hashlib.file_digest(file, "blake2b") if whole else hashlib.blake2b(file.read(_HEAD))
            )
    except OSError as error:
        raise InputError(f"audio {path} cannot be read: {error.strerror}") from error
    return int.from_bytes(digest.digest()[:8], signed=True)
