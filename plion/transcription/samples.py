"""A recording as a stream of samples: mono float32 at 16 kHz, however long it is."""

import math
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plion.data.audio.decoding import TOLERANCE, Audio, open_audio
from plion.data.audio.downmix import CANCELS
from plion.data.audio.rates import fits_torchaudio, resampled_blocks
from plion.errors import InputError
from plion.loading.audio import SAMPLE_RATE, resampled

Samples = NDArray[np.float32]

_BLOCK = 1.0  # seconds read at a time; of a damaged file, so much before the fault is lost
_FILTER = 8  # crossings of zero on either side of the resampler's filter, and some


def seconds(path: Path) -> float:
    """How long a recording is by its headers; InputError for one that cannot be opened."""
    with open_audio(path) as audio:
        return audio.seconds


def samples(path: Path, notice: Callable[[str], object] = lambda _: None) -> Iterator[Samples]:
    """The samples of a recording at 16 kHz in blocks (samples,), the same as if read at once.

    Raises InputError for audio that cannot be decoded, and at the end of one that is not all there
    or empty: what came before is good. `notice` is told at the end what is unusual.
    """
    with open_audio(path) as audio:
        yield from at_16_khz(_blocks(path, audio), audio.rate)
        if audio.cancels:
            notice(f"audio {path} {CANCELS}")


def at_16_khz(blocks: Iterable[Samples], rate: int) -> Iterator[Samples]:
    """Blocks of samples of any lengths in blocks at 16 kHz, equal to the whole, resampled.

    The resampler turns `step` samples into a whole number of others, which depend on those that
    the filter reaches on either side. So blocks are resampled with their neighbours' ends, and
    what came of these is cut off.
    """
    if rate == SAMPLE_RATE:
        yield from blocks
        return
    if not fits_torchaudio(rate, SAMPLE_RATE):
        yield from resampled_blocks(blocks, rate, SAMPLE_RATE)
        return
    step = rate // math.gcd(rate, SAMPLE_RATE)
    reach = math.ceil(_FILTER * max(1.0, rate / SAMPLE_RATE) / step) * step
    held, before = np.zeros(0, np.float32), 0  # of those held, how many are for the filter alone
    for block in blocks:
        held = np.concatenate([held, block])
        ready = (len(held) - reach) // step * step
        if ready > before:
            made = resampled(held[: ready + reach], rate, SAMPLE_RATE)
            yield made[_at_16_khz(before, rate) : _at_16_khz(ready, rate)]
            kept = max(ready - reach, 0)
            held, before = held[kept:], ready - kept
    if len(held) > before:
        yield resampled(held, rate, SAMPLE_RATE)[_at_16_khz(before, rate) :]


def _at_16_khz(count: int, rate: int) -> int:
    return count * SAMPLE_RATE // rate


def _blocks(path: Path, audio: Audio) -> Iterator[Samples]:
    read = 0
    for block in audio.blocks(0.0, _BLOCK):
        if not np.isfinite(block).all():
            raise InputError(f"audio {path} holds samples that are not numbers")
        read += len(block)
        yield block
    if audio.fault:
        raise InputError(f"audio {path} {audio.fault}")
    if read < (audio.seconds - TOLERANCE) * audio.rate:
        raise InputError(f"audio {path} is truncated: its header counts more samples than it has")
    if not read:
        raise InputError(f"audio {path} holds no samples")
