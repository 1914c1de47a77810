"""Rates that torchaudio's filter is too large for, and rates that are not taken."""

from math import ceil
from pathlib import Path

import numpy as np
import pytest
import torch
from encoded import pitch, sweep
from tiny import tone
from torchaudio.transforms import Resample

from plion.data.audio.decoding import decode
from plion.data.audio.rates import (
    LARGEST_FILTER,
    filter_bytes,
    fits_torchaudio,
    odd_rate,
    resampled_blocks,
)
from plion.errors import InputError
from plion.loading.audio import resampled

USUAL = (8_000, 11_025, 12_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000)
ODD = (15_999, 16_001, 47_999, 192_001)


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100])
def test_filter_is_as_large_as_torchaudios(rate: int) -> None:
    kernel = Resample(rate, 16_000, dtype=torch.float32).kernel
    assert filter_bytes(rate, 16_000) == kernel.numel() * kernel.element_size()


@pytest.mark.parametrize("rate", USUAL)
def test_usual_rates_keep_their_bits(rate: int) -> None:
    assert fits_torchaudio(rate, 16_000) and filter_bytes(rate, 16_000) < LARGEST_FILTER / 10
    samples = sweep(0.2, rate=rate)
    anew = Resample(rate, 16_000, dtype=torch.float32)(torch.from_numpy(samples)).numpy()
    np.testing.assert_array_equal(resampled(samples, rate, 16_000), anew)


@pytest.mark.parametrize("rate", ODD)
def test_odd_rates_go_through_soxr(rate: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plion.loading.audio.Resample", None)  # whose filter would be gigabytes
    samples = sweep(1.0, rate=rate)
    for length in (len(samples), len(samples) - 1, 1):
        assert len(resampled(samples[:length], rate, 16_000)) == ceil(length * 16_000 / rate)
    made = resampled(samples, rate, 16_000)
    assert made.dtype == np.float32
    np.testing.assert_allclose(made[500:-500], sweep(1.0)[: len(made)][500:-500], atol=2e-3)


@pytest.mark.parametrize("lengths", [1, 977, 47_999])
def test_blocks_are_resampled_as_the_whole_is(lengths: int) -> None:
    samples = sweep(0.2, rate=47_999)
    blocks = [samples[at : at + lengths] for at in range(0, len(samples), lengths)]
    made = np.concatenate(list(resampled_blocks(blocks, 47_999, 16_000)))
    np.testing.assert_allclose(made, resampled(samples, 47_999, 16_000), atol=1e-6)
    assert pitch(made[1000:]) == pytest.approx(310, abs=10)


@pytest.mark.parametrize("rate", [4_000, 384_000])
def test_rates_at_the_limits_are_taken(rate: int, tmp_path: Path) -> None:
    assert odd_rate(rate) is None
    assert decode(tone(tmp_path / "a.wav", 0.5, rate=rate), 0.0, 0.5)[1] == rate


@pytest.mark.parametrize("rate", [1, 3_999, 384_001])
def test_rates_beyond_the_limits_are_named(rate: int, tmp_path: Path) -> None:
    path = tone(tmp_path / "a.wav", 0.5, rate=rate)
    with pytest.raises(InputError) as error:
        decode(path, 0.0, 0.5)
    assert str(error.value) == (
        f"audio {path} has a rate of {rate:,} Hz: it must be from 4,000 to 384,000 Hz"
    )
