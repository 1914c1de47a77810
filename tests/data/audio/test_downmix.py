"""Channels as one, also where their mean is silence."""

import numpy as np
import pytest
from encoded import sweep

from plion.data.audio.downmix import CANCELLED, mixed

SOUND = sweep(1.0)
SILENCE = np.zeros_like(SOUND)
NOISE = np.random.default_rng(0).standard_normal((len(SOUND), 2)).astype(np.float32) / 10


def stacked(*channels: np.ndarray) -> np.ndarray:
    return np.stack(channels, axis=1)


@pytest.mark.parametrize(
    "channels",
    [
        stacked(SOUND),
        stacked(SOUND, SOUND),
        stacked(SOUND, SILENCE),
        stacked(SOUND, *[SILENCE] * 7),
        stacked(SILENCE, SILENCE),
        NOISE,
        stacked(SOUND, -SOUND / 2),
        stacked(SOUND * 1e-6, -SOUND * 1e-6),  # rounding
        stacked(SOUND, -SOUND)[:0],
    ],
)
def test_channels_are_averaged(channels: np.ndarray) -> None:
    samples, cancels = mixed(channels)
    assert not cancels and samples.dtype == np.float32
    np.testing.assert_array_equal(samples, channels.mean(axis=1))


@pytest.mark.parametrize(
    ("channels", "taken"),
    [
        (stacked(SOUND, -SOUND), 0),
        (stacked(SOUND, -0.9 * SOUND), 0),
        (stacked(SILENCE, SOUND, -SOUND), 1),
        (stacked(SOUND, -SOUND) + NOISE / 100, 0),
    ],
)
def test_one_of_channels_that_cancel_is_taken(channels: np.ndarray, taken: int) -> None:
    samples, cancels = mixed(channels)
    assert cancels
    np.testing.assert_array_equal(samples, channels[:, taken])


def test_channels_cancel_from_the_threshold_on() -> None:
    for decibels, expected in ((CANCELLED - 1, False), (CANCELLED + 1, True)):
        same = 10 ** (-decibels / 20)
        ratio = (same - 1) / (same + 1)  # so that the mean is about so far below
        assert mixed(stacked(SOUND, np.float32(ratio) * SOUND))[1] == expected


def test_samples_that_are_not_numbers_stay() -> None:
    samples, cancels = mixed(stacked(np.full(9, np.nan, np.float32), np.ones(9, np.float32)))
    assert np.isnan(samples).all() and not cancels
