"""Waveforms as files of other rates and codecs."""

import io
from collections.abc import Callable

import numpy as np
import pytest
import soundfile

from plion.data.mini.publishers.encoding import flac, float_wav, mp3, wav

TONE = 0.5 * np.sin(2 * np.pi * 1_000 * np.arange(8_000) / 16_000).astype(np.float32)


@pytest.mark.parametrize(
    ("encode", "rate"),
    [
        (wav, 16_000),
        (lambda wave: wav(wave, 44_100), 44_100),
        (lambda wave: wav(wave, 48_000), 48_000),
        (lambda wave: mp3(wave, 32_000), 32_000),
        (flac, 16_000),
        (float_wav, 16_000),
    ],
)
def test_a_tone_keeps_pitch_length_and_level(
    encode: Callable[[np.ndarray], bytes], rate: int
) -> None:
    samples, found = soundfile.read(io.BytesIO(encode(TONE)))
    assert (found, len(samples)) == (rate, rate // 2)
    assert np.abs(np.fft.rfft(samples)).argmax() == 500  # cycles in half a second
    assert np.abs(samples[rate // 10 : -rate // 10]).max() == pytest.approx(0.5, abs=0.02)


def test_what_resampling_overshoots_is_clipped() -> None:
    square = np.where(np.arange(8_000) // 40 % 2, 0.99, -0.99).astype(np.float32)
    samples, _ = soundfile.read(io.BytesIO(wav(square, 48_000)))
    assert np.abs(samples).max() == pytest.approx(0.999, abs=1e-3)
    assert (np.sign(samples[20:-20:240]) == np.sign(samples[21:-19:240])).all()
