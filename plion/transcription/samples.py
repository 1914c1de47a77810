"""Streams a recording of any length as mono float32 samples at 16 kHz."""

import math
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plion.data.audio.audio_file import Audio
from plion.data.audio.decoding import TOLERANCE, open_audio
from plion.data.audio.downmix import CANCELS
from plion.data.audio.rates import fits_torchaudio, resampled_blocks
from plion.errors import InputError
from plion.loading.audio import SAMPLE_RATE, resampled

Samples = NDArray[np.float32]

_BLOCK = 1.0  # seconds read at a time, and lost before a fault in a damaged file
_FILTER = 8  # zero crossings on either side of the resampler's filter, with a reserve


def seconds(path: Path) -> float:
    """Duration of a recording by its header; raises InputError if it cannot be opened."""
    with open_audio(path) as audio:
        return audio.seconds


def samples(path: Path, notice: Callable[[str], object] = lambda _: None) -> Iterator[Samples]:
    """Yields the samples of a recording at 16 kHz in blocks (samples,), equal to one read.

    Raises InputError for audio that cannot be decoded, and at the end of a truncated or empty
    recording, after its valid samples. Calls `notice` at the end with remarks about unusual audio.
    """
    with open_audio(path) as audio:
        yield from at_16_khz(_blocks(path, audio), audio.rate)
        if audio.cancels:
            notice(f"audio {path} {CANCELS}")


def at_16_khz(blocks: Iterable[Samples], rate: int) -> Iterator[Samples]:
    """Resamples blocks of any lengths to 16 kHz, with the same result as in one piece.

    The resampler turns `step` samples into a whole number of output samples, which depend on the
    samples within the filter's reach. So blocks are resampled with their neighbours' ends, whose
    output is cut off.
    """
    if rate == SAMPLE_RATE:
        yield from blocks
        return
    if not fits_torchaudio(rate, SAMPLE_RATE):
        yield from resampled_blocks(blocks, rate, SAMPLE_RATE)
        return
    step = rate // math.gcd(rate, SAMPLE_RATE)
    reach = math.ceil(_FILTER * max(1.0, rate / SAMPLE_RATE) / step) * step
    held, before = np.zeros(0, np.float32), 0  # `before`: held samples kept only for the filter
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
            raise InputError(f"audio {path} has samples that are NaN or infinite")
        read += len(block)
        yield block
    if audio.fault:
        raise InputError(f"audio {path} {audio.fault}")
    if read < (audio.seconds - TOLERANCE) * audio.rate:
        raise InputError(f"audio {path} is truncated: its header counts more samples than it has")
    if not read:
        raise InputError(f"audio {path} has no samples")
