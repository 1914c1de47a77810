"""How often each cluster of a test set is drawn in every bootstrap replicate, and rates."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
CELLS = 4_000_000  # drawn numbers held at a time, 32 MB


@lru_cache(maxsize=24)  # a study asks for those of its sets again for every run
def drawn(number: int, replicates: int, seed: tuple[int, int]) -> NDArray[np.number]:
    """How often each cluster is drawn, shape (replicates, clusters), in the smallest type."""
    # A product with float64 is formed fastest of the same.
    kind = np.float64 if number * replicates <= CELLS // 2 else np.min_scalar_type(number)
    return np.concatenate([times.astype(kind) for times in _draws(number, replicates, seed)])


def _draws(number: int, replicates: int, seed: tuple[int, int]) -> Iterator[NDArray[np.intp]]:
    """How often each cluster is drawn, in chunks of shape (some replicates, clusters)."""
    rng = np.random.default_rng(seed)
    step = max(1, CELLS // number)
    for start in range(0, replicates, step):
        rows = min(step, replicates - start)
        chosen = rng.integers(number, size=(rows, number))
        chosen += number * np.arange(rows)[:, None]
        times = np.bincount(chosen.ravel(), minlength=rows * number)
        yield times.reshape(rows, number)


def percent(errors: NDArray[np.number], lengths: NDArray[np.number]) -> Floats:
    """Errors in percent of lengths, broadcast; NaN where the length is 0."""
    rates = np.full(np.broadcast_shapes(errors.shape, lengths.shape), np.nan)
    np.divide(100 * errors, lengths, out=rates, where=lengths > 0)
    return rates
