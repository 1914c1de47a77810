"""Reads an utterance's audio as mono float32 at 16 kHz."""

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torchaudio.transforms import Resample

from plion.data.audio.decoding import decode
from plion.data.audio.rates import filter_bytes, fits_torchaudio, resampled_blocks
from plion.data.manifest import Utterance
from plion.errors import InputError

SAMPLE_RATE = 16_000

_SMALL_FILTER = 4_000_000  # bytes


def read_audio(utterance: Utterance) -> NDArray[np.float32]:
    """Reads the samples of an utterance (samples,), channels averaged, resampled to 16 kHz.

    Raises InputError, naming the utterance and its file, for audio that cannot be decoded or is
    shorter than the manifest's duration.
    """
    try:
        samples, rate = decode(utterance.audio, utterance.offset, utterance.duration)
    except InputError as error:
        raise InputError(f"utterance {utterance.id}: {error}") from error
    return resampled(samples, rate, SAMPLE_RATE)


def resampled(samples: NDArray[np.float32], rate: int, wanted: int) -> NDArray[np.float32]:
    """Resamples (samples,) from `rate` to `wanted`; returns the input if they are equal.

    Returns ceil(samples x wanted / rate) samples. Only the ratio of the rates matters: from 11 to
    10 plays a clip 1.1 times as fast.
    """
    if rate == wanted:
        return samples
    if not fits_torchaudio(rate, wanted):
        return np.concatenate(list(resampled_blocks([samples], rate, wanted)))
    keep = _many if filter_bytes(rate, wanted) <= _SMALL_FILTER else _one
    changed: NDArray[np.float32] = keep(rate, wanted)(torch.from_numpy(samples)).numpy()
    return changed


def _resampler(rate: int, wanted: int) -> Resample:
    return Resample(rate, wanted, dtype=torch.float32)


# Making a filter takes longer than resampling a short clip, so filters are cached: many small ones,
# or one large one.
_many = lru_cache(maxsize=16)(_resampler)
_one = lru_cache(maxsize=1)(_resampler)
