"""Sample rates: which are taken, and how audio of one rate becomes audio of another.

Resampling is torchaudio's wherever its filter is small, and soxr's elsewhere. torchaudio keeps one
set of taps for every phase of the ratio, so a rate that shares no large factor with 16,000 needs a
filter of gigabytes (16,001 Hz: 1 GB, and five times as much while it is made).
"""

from collections.abc import Iterable, Iterator
from math import ceil, gcd

import numpy as np
import soxr
from numpy.typing import NDArray

from plion.errors import InputError

LOWEST, HIGHEST = 4_000, 384_000  # Hz
LARGEST_FILTER = 64_000_000  # bytes

# torchaudio's defaults: zero crossings on either side, and the part of the band that is passed.
_WIDTH, _ROLLOFF = 6, 0.99

Samples = NDArray[np.float32]


def odd_rate(rate: int) -> str | None:
    """What is wrong with a rate in Hz, as the end of a sentence; None for one that is taken."""
    if LOWEST <= rate <= HIGHEST:
        return None
    return f"has a rate of {rate:,} Hz: rates from {LOWEST:,} to {HIGHEST:,} Hz are taken"


def filter_bytes(rate: int, wanted: int) -> int:
    """Bytes of torchaudio's filter (float32) from a rate to a wanted one."""
    common = gcd(rate, wanted)
    old, new = rate // common, wanted // common
    reach = ceil(_WIDTH * old / (min(old, new) * _ROLLOFF))
    return 4 * new * (2 * reach + old)


def fits_torchaudio(rate: int, wanted: int) -> bool:
    """Whether torchaudio resamples from a rate to a wanted one; soxr does where it does not."""
    return filter_bytes(rate, wanted) <= LARGEST_FILTER


def resampled_blocks(blocks: Iterable[Samples], rate: int, wanted: int) -> Iterator[Samples]:
    """Blocks (samples,) of any lengths at another rate by soxr, as if resampled at once.

    In all ceil(samples x wanted / rate), as torchaudio counts them.
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
    """InputError naming file and rate for a rate that is not taken."""
    if wrong := odd_rate(rate):
        raise InputError(f"audio {path} {wrong}")
