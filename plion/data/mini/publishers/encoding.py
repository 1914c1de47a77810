"""Encode waveforms at 16 kHz as the bytes of an audio file, at the publisher's rate.

Encodes in memory, because libsndfile cannot distinguish a full disk from other errors.
"""

import io
from math import gcd
from typing import Any

import numpy as np
import soundfile
from scipy.io import wavfile
from scipy.signal import resample_poly

from plion.data.mini.speech.espeak import SAMPLE_RATE


def wav(wave: np.ndarray, rate: int = SAMPLE_RATE) -> bytes:
    """16-bit WAV."""
    return _encoded(wave, rate, format="WAV", subtype="PCM_16")


def flac(wave: np.ndarray) -> bytes:
    """16-bit FLAC at 16 kHz."""
    return _encoded(wave, SAMPLE_RATE, format="FLAC", subtype="PCM_16")


def mp3(wave: np.ndarray, rate: int) -> bytes:
    """MP3 at about 64 kbit/s, with the tag that says how much padding to remove."""
    return _encoded(wave, rate, format="MP3", subtype="MPEG_LAYER_III")


def float_wav(wave: np.ndarray) -> bytes:
    """32-bit float WAV at 16 kHz; not by libsndfile, which writes the current time into it."""
    encoded = io.BytesIO()
    wavfile.write(encoded, SAMPLE_RATE, wave.astype(np.float32))
    return encoded.getvalue()


def _encoded(wave: np.ndarray, rate: int, **kind: Any) -> bytes:
    encoded = io.BytesIO()
    soundfile.write(encoded, _resampled(wave, rate), rate, **kind)
    return encoded.getvalue()


def _resampled(wave: np.ndarray, rate: int) -> np.ndarray:
    if rate == SAMPLE_RATE:
        return wave
    common = gcd(rate, SAMPLE_RATE)
    resampled = resample_poly(wave, rate // common, SAMPLE_RATE // common)
    clipped: np.ndarray = np.clip(resampled, -0.999, 0.999).astype(np.float32)
    return clipped
