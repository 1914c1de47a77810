"""WAV and AIFF files whose headers do not say what is there."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from encoded import RATE, sweep

from plion.data.audio.decoding import open_audio


def wave(path: Path, seconds: float = 1.0) -> Path:
    soundfile.write(path, sweep(seconds), RATE, subtype="PCM_16")
    return path


def counted(path: Path, count: int) -> Path:
    """The same file, whose header counts so many bytes of samples."""
    data = bytearray(path.read_bytes())
    at = data.index(b"data") + 4
    data[at : at + 4] = count.to_bytes(4, "little")
    path.write_bytes(data)
    return path


def heard(path: Path) -> tuple[float, float, str | None]:
    """Seconds as they are said and decoded, and the fault."""
    with open_audio(path) as audio:
        decoded = sum(map(len, audio.blocks(0.0, 1.0))) / audio.rate
        return audio.seconds, decoded, audio.fault


@pytest.mark.parametrize("count", [0, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF])
def test_wav_that_was_written_to_a_pipe_is_heard(count: int, tmp_path: Path) -> None:
    assert heard(counted(wave(tmp_path / "a.wav"), count)) == (1.0, 1.0, None)


def test_wav_with_more_than_its_header_counts_is_told(tmp_path: Path) -> None:
    _, _, fault = heard(counted(wave(tmp_path / "a.wav", 2.0), 2 * RATE))
    assert fault == "has 2.00 s, more than the 1.00 s that its header counts"


@pytest.mark.parametrize("behind", [bytes(99_999), b"TAG" + bytes(125), b"LIST\2\0\0\0ab"])
def test_what_fills_a_wav_up_is_no_samples(behind: bytes, tmp_path: Path) -> None:
    path = wave(tmp_path / "a.wav")
    path.write_bytes(path.read_bytes() + behind)
    assert heard(path) == (1.0, 1.0, None)


def test_wav_after_a_tag_is_heard(tmp_path: Path) -> None:
    path = wave(tmp_path / "a.wav")
    path.write_bytes(b"ID3\4\0\0\0\0\0\x09" + bytes(9) + path.read_bytes())
    assert heard(path) == (1.0, 1.0, None)


def test_chunk_after_an_odd_one_need_not_be_at_an_even_byte(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, sweep(1.0)[:-1], RATE, subtype="PCM_U8")
    path.write_bytes(path.read_bytes().removesuffix(b"\0") + b"LIST\0\x80\0\0" + b"a" * (1 << 15))
    assert heard(path)[2] is None


@pytest.mark.parametrize("suffix", ["aiff", "wav"])
def test_cut_and_joined_files_are_told(suffix: str, tmp_path: Path) -> None:
    path = wave(tmp_path / f"a.{suffix}")
    data = path.read_bytes()
    path.write_bytes(data[:20_000])
    assert "bytes of samples are missing at its end" in str(heard(path)[2])
    path.write_bytes(data + data)
    assert heard(path) == (2.0, 2.0, None)


def test_bits_of_a_wav_whose_count_is_0_are_those_of_its_samples(tmp_path: Path) -> None:
    whole = soundfile.read(wave(tmp_path / "a.wav"), dtype="float32")[0]
    with open_audio(counted(tmp_path / "a.wav", 0)) as audio:
        np.testing.assert_array_equal(np.concatenate(list(audio.blocks(0.0, 9.0))), whole)
