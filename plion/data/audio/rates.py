"""Sample rates: which are accepted, and resampling with soxr or torchaudio.

torchaudio resamples if its filter is small, soxr otherwise. torchaudio keeps filter taps for every
phase of the ratio, so a rate without a large common factor with 16,000 needs gigabytes (16,001 Hz:
1 GB, and five times as much to build it).
"""

from collections.abc import Iterable, Iterator
from math import ceil, gcd

import numpy as np
import soxr
from numpy.typing import NDArray

from plion.errors import InputError

LOWEST, HIGHEST = 4_000, 384_000  # Hz
LARGEST_FILTER = 64_000_000  # bytes

# torchaudio's defaults: zero crossings on either side, and the share of the band that passes.
_WIDTH, _ROLLOFF = 6, 0.99

Samples = NDArray[np.float32]


def odd_rate(rate: int) -> str | None:
    """Why a rate in Hz is refused, as the end of a sentence; None if it is accepted."""
    if LOWEST <= rate <= HIGHEST:
        return None
    return f"has a rate of {rate:,} Hz: it must be from {LOWEST:,} to {HIGHEST:,} Hz"


def filter_bytes(rate: int, wanted: int) -> int:
    """Size in bytes of torchaudio's float32 filter from one rate to another."""
    common = gcd(rate, wanted)
    old, new = rate // common, wanted // common
    reach = ceil(_WIDTH * old / (min(old, new) * _ROLLOFF))
    return 4 * new * (2 * reach + old)


def fits_torchaudio(rate: int, wanted: int) -> bool:
    """Whether torchaudio resamples from one rate to another; if not, soxr does."""
    return filter_bytes(rate, wanted) <= LARGEST_FILTER


def resampled_blocks(blocks: Iterable[Samples], rate: int, wanted: int) -> Iterator[Samples]:
    """Resample blocks of samples with soxr, as one signal; each block has shape (samples,).

    The total length is ceil(samples x wanted / rate), as with torchaudio.
    """
    stream = soxr.ResampleStream(rate, wanted, 1, dtype="float32")
    read = made = 0
    for block in blocks:
        read += len(block)
        more = stream.resample_chunk(block)
        made += len(more)
        yield more
    rest = stream.resample_chunk(np.zeros(0, np.float32), last=True)
    missing = -(-read * wanted // rate) - made
    yield np.pad(rest, (0, max(0, missing - len(rest))))[:missing]


def refuse_odd_rate(path: object, rate: int) -> None:
    """Raise InputError, naming the file, for a rate that is not accepted."""
    if wrong := odd_rate(rate):
        raise InputError(f"audio {path} {wrong}")
