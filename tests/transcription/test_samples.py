"""Recordings read in blocks: the same samples as if read at once, and what is wrong with a file."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from plion.errors import InputError
from plion.loading.audio import resampled
from plion.transcription.samples import at_16_khz, samples, seconds

NOISE = np.random.default_rng(0).standard_normal(50_000).astype(np.float32) / 10


def cut(signal: np.ndarray, *lengths: int) -> list[np.ndarray]:
    """In blocks of these lengths, over and over."""
    blocks, number = [], 0
    while len(signal):
        length = lengths[number % len(lengths)]
        blocks.append(signal[:length])
        signal, number = signal[length:], number + 1
    return blocks


@pytest.mark.parametrize(
    "rate", [8_000, 11_025, 16_000, 16_001, 22_050, 44_100, 47_999, 48_000, 96_000]
)
@pytest.mark.parametrize("lengths", [(50_000,), (16_000, 3), (441,), (1, 2, 977)])
def test_blocks_are_resampled_as_the_whole_is(rate: int, lengths: tuple[int, ...]) -> None:
    signal = NOISE[: 40 * sum(lengths)]
    made = np.concatenate(list(at_16_khz(cut(signal, *lengths), rate)))
    np.testing.assert_allclose(made, resampled(signal, rate, 16_000), atol=1e-6)


@pytest.mark.parametrize("length", [0, 1, 5, 441, 442, 1_000])
def test_short_recording_is_resampled_as_a_whole(length: int) -> None:
    made = np.concatenate([np.zeros(0), *at_16_khz(cut(NOISE[:length], 7), 44_100)])
    whole = resampled(NOISE[:length], 44_100, 16_000) if length else np.zeros(0)
    np.testing.assert_allclose(made, whole, atol=1e-6)


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
def test_any_format_is_read_in_mono_at_16_khz(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, np.stack([NOISE, -NOISE / 2], axis=1), 44_100)
    whole, rate = soundfile.read(path, dtype="float32")
    made = np.concatenate(list(samples(path)))
    np.testing.assert_allclose(made, resampled(whole.mean(axis=1), rate, 16_000), atol=1e-6)
    assert seconds(path) == pytest.approx(len(made) / 16_000, abs=1e-3)


def written(path: Path) -> bytes:
    soundfile.write(path, np.tile(NOISE, 4), 16_000)
    return path.read_bytes()


@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3"])
def test_truncated_recording_is_told_after_what_there_is(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    content = written(path)
    path.write_bytes(content[: len(content) // 2])
    blocks = []
    with pytest.raises(InputError, match=f"audio {path} (is truncated|cannot be decoded)"):
        for block in samples(path):
            blocks.append(block)
    assert 4 < sum(map(len, blocks)) / 16_000 <= 6.3  # of 12.5


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_cut_ogg_is_told_after_what_there_is(subtype: str, tmp_path: Path) -> None:
    path = tmp_path / "a.ogg"
    soundfile.write(path, np.tile(NOISE, 4), 16_000, format="OGG", subtype=subtype)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    blocks = []
    with pytest.raises(InputError, match=f"audio {path} is cut off: its last page is missing"):
        for block in samples(path):
            blocks.append(block)
    assert 4 < sum(map(len, blocks)) / 16_000 <= 6.3  # of 12.5


def test_recording_of_no_samples_is_told(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", NOISE[:0], 16_000)
    with pytest.raises(InputError, match=r"a\.wav has no samples"):
        list(samples(tmp_path / "a.wav"))


def test_channels_that_cancel_are_told_at_the_end(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.stack([NOISE, -NOISE], axis=1), 16_000)
    notices: list[str] = []
    made = np.concatenate(list(samples(tmp_path / "a.wav", notices.append)))
    np.testing.assert_allclose(made, NOISE, atol=1e-4)
    assert len(notices) == 1 and "a.wav has channels that cancel" in notices[0]


def test_samples_that_are_not_numbers_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.full(16_000, np.nan), 16_000, subtype="FLOAT")
    with pytest.raises(InputError, match="samples that are NaN"):
        list(samples(path))


def test_what_is_not_audio_is_told_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_text("no audio")
    with pytest.raises(InputError, match=f"audio {path} cannot be decoded"):
        seconds(path)
