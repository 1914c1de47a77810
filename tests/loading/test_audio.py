"""Audio as it is read: where it begins and ends, its rate and channels, and bad files by name."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from tiny import tone
from torchaudio.functional import resample

from plion.data.manifest import Utterance
from plion.errors import InputError
from plion.loading.audio import SAMPLE_RATE, read_audio


def utterance(path: Path, duration: float, offset: float = 0.0) -> Utterance:
    return Utterance("nsc-7", str(path), "words", "en", "nsc", duration, offset)


def loudest(samples: np.ndarray) -> float:
    """The frequency with the most energy, in Hz."""
    return float(np.abs(np.fft.rfft(samples)).argmax()) * SAMPLE_RATE / len(samples)


def refusal(path: Path, duration: float = 1.0) -> str:
    with pytest.raises(InputError) as error:
        read_audio(utterance(path, duration))
    return str(error.value)


def test_samples_are_those_of_the_file(tmp_path: Path) -> None:
    path = tone(tmp_path / "a.wav", 1.0)
    samples = read_audio(utterance(path, 1.0))
    assert samples.dtype == np.float32
    np.testing.assert_array_equal(samples, soundfile.read(path, dtype="float32")[0])


def test_offset_and_duration_cut_a_part_out_of_a_long_file(tmp_path: Path) -> None:
    path = tone(tmp_path / "a.wav", 3.0)
    whole = soundfile.read(path, dtype="float32")[0]
    part = read_audio(utterance(path, duration=0.5, offset=1.25))
    np.testing.assert_array_equal(part, whole[20_000:28_000])


def test_another_rate_is_resampled(tmp_path: Path) -> None:
    samples = read_audio(utterance(tone(tmp_path / "a.wav", 1.0, 440.0, rate=44_100), 1.0))
    assert len(samples) == SAMPLE_RATE
    assert loudest(samples) == pytest.approx(440, abs=2)


def test_offset_counts_in_seconds_at_any_rate(tmp_path: Path) -> None:
    low, high = (
        soundfile.read(tone(tmp_path / f"{hertz}.wav", 1.0, hertz, 44_100))[0]
        for hertz in (300, 900)
    )
    soundfile.write(tmp_path / "a.wav", np.concatenate([low, high]), 44_100)
    assert loudest(read_audio(utterance(tmp_path / "a.wav", 1.0, offset=1.0))) == pytest.approx(
        900, abs=2
    )


def test_channels_are_averaged(tmp_path: Path) -> None:
    left = soundfile.read(tone(tmp_path / "a.wav", 1.0))[0]
    soundfile.write(tmp_path / "b.wav", np.stack([left, np.zeros_like(left)], axis=1), 16_000)
    samples = read_audio(utterance(tmp_path / "b.wav", 1.0))
    np.testing.assert_allclose(samples, left / 2, atol=1e-4)


@pytest.mark.parametrize("name", ["a.flac", "a.ogg", "a.mp3"])
def test_compressed_formats_are_read(name: str, tmp_path: Path) -> None:
    samples = soundfile.read(tone(tmp_path / "a.wav", 1.0))[0]
    soundfile.write(tmp_path / name, samples, SAMPLE_RATE)
    assert loudest(read_audio(utterance(tmp_path / name, 1.0))) == pytest.approx(440, abs=2)


def test_a_codec_that_ends_a_little_early_is_taken(tmp_path: Path) -> None:
    assert len(read_audio(utterance(tone(tmp_path / "a.wav", 1.0), 1.05))) == SAMPLE_RATE


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    told = refusal(tmp_path / "gone.wav")
    assert told == f"utterance nsc-7: audio {tmp_path / 'gone.wav'} is missing"


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    assert refusal(tmp_path / "a.wav") == f"utterance nsc-7: audio {tmp_path / 'a.wav'} is empty"


def test_text_called_wav_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("not audio at all " * 100)
    assert f"nsc-7: audio {tmp_path / 'a.wav'} cannot be decoded" in refusal(tmp_path / "a.wav")


def test_a_wav_cut_in_half_is_told_from_its_manifest(tmp_path: Path) -> None:
    path = tone(tmp_path / "a.wav", 1.0)
    os.truncate(path, path.stat().st_size // 2)
    told = refusal(path)
    assert told.startswith("utterance nsc-7: audio") and "is truncated: 0.50 s, but" in told


def test_a_header_without_samples_is_truncated(tmp_path: Path) -> None:
    path = tone(tmp_path / "a.wav", 1.0)
    os.truncate(path, 44)
    assert "is truncated: 0.00 s" in refusal(path)


def test_an_offset_past_the_end_is_truncated(tmp_path: Path) -> None:
    path = tone(tmp_path / "a.wav", 1.0)
    with pytest.raises(InputError, match="is truncated: 0.00 s"):
        read_audio(utterance(path, 1.0, offset=5.0))


def test_a_damaged_flac_is_named(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, SAMPLE_RATE)
    soundfile.write(tmp_path / "a.flac", samples, SAMPLE_RATE)
    content = bytearray((tmp_path / "a.flac").read_bytes())
    content[2000:20_000] = bytes(18_000)
    (tmp_path / "a.flac").write_bytes(content)
    assert "nsc-7" in refusal(tmp_path / "a.flac")


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000])
def test_a_filter_that_is_kept_gives_the_bits_of_one_made_anew(rate: int, tmp_path: Path) -> None:
    samples = soundfile.read(tone(tmp_path / "a.wav", 0.5, rate=rate), dtype="float32")[0]
    anew = resample(torch.from_numpy(samples), rate, SAMPLE_RATE).numpy()
    for _ in range(2):
        np.testing.assert_array_equal(read_audio(utterance(tmp_path / "a.wav", 0.5)), anew)
