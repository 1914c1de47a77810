"""A recording as a stream of samples: mono float32 at 16 kHz, however long it is."""

import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from plion.data.audio import SAMPLE_RATE, resampled
from plion.data.checking.headers import FORMATS, missing_bytes
from plion.data.decoding import TOLERANCE, open_audio, stated_seconds
from plion.errors import InputError

Samples = NDArray[np.float32]

_BLOCK = 1  # seconds read at a time; of a damaged file, so much before the fault is lost
_FILTER = 8  # crossings of zero on either side of the resampler's filter, and some


def seconds(path: Path) -> float:
    """How long a recording is by its header; InputError for one that cannot be opened."""
    with open_audio(path) as file:
        return stated_seconds(file)


def samples(path: Path) -> Iterator[Samples]:
    """The samples of a recording at 16 kHz in blocks (samples,), the same as if read at once.

    Raises InputError for audio that cannot be decoded, and at the end of one that is shorter than
    its header says: what came before is good.
    """
    with open_audio(path) as file:
        yield from at_16_khz(_blocks(path, file), int(file.samplerate))


def at_16_khz(blocks: Iterable[Samples], rate: int) -> Iterator[Samples]:
    """Blocks of samples of any lengths in blocks at 16 kHz, equal to the whole, resampled.

    The resampler turns `step` samples into a whole number of others, which depend on those that
    the filter reaches on either side. So blocks are resampled with their neighbours' ends, and
    what came of these is cut off.
    """
    if rate == SAMPLE_RATE:
        yield from blocks
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


def _blocks(path: Path, file: soundfile.SoundFile) -> Iterator[Samples]:
    read = 0
    while len(block := file.read(_BLOCK * file.samplerate, dtype="float32", always_2d=True)):
        if not np.isfinite(block).all():
            raise InputError(f"audio {path} holds samples that are not numbers")
        read += len(block)
        yield np.asarray(block.mean(axis=1), dtype=np.float32)
    _refuse_short(path, file, read)


def _refuse_short(path: Path, file: soundfile.SoundFile, read: int) -> None:
    """What libsndfile reads as if it ended there."""
    of_wav = FORMATS.get(file.format) == "WAV"
    if read < file.frames - TOLERANCE * file.samplerate or (of_wav and missing_bytes(path)[1]):
        raise InputError(f"audio {path} is truncated: its header counts more samples than it has")
