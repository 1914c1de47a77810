"""FLAC files that were joined, cut, or count wrongly."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from encoded import RATE, joined, piped_flac, sweep

from plion.data.audio.formats.flac import layout
from plion.data.audio.formats.layout import Layout, Part


def found(path: Path) -> Layout:
    with path.open("rb") as file:
        return layout(file, path.stat().st_size)


def flac(path: Path, seconds: float, rate: int = RATE) -> Path:
    soundfile.write(path, sweep(seconds, rate=rate), rate)
    return path


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("seconds", [0.003, 0.3, 9.0])
def test_whole_file_is_one(rate: int, seconds: float, tmp_path: Path) -> None:
    path = flac(tmp_path / "a.flac", seconds, rate)
    assert found(path) == Layout([Part(0, path.stat().st_size)])


def test_joined_files_are_parted_at_their_headers_and_not_at_their_name(tmp_path: Path) -> None:
    first, second = flac(tmp_path / "1.flac", 2.0), piped_flac(tmp_path / "2.flac", sweep(1.0))
    path = joined(tmp_path / "a.flac", first, second)
    path.write_bytes(path.read_bytes() + b"fLaC")
    ends = [first.stat().st_size, path.stat().st_size]
    assert found(path) == Layout([Part(0, ends[0]), Part(*ends)])


def test_cut_file_is_told_by_its_last_frame(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    soundfile.write(path, np.random.default_rng(0).uniform(-0.5, 0.5, 3 * RATE), RATE)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert str(found(path).fault).startswith("is truncated: its header counts 3.00 s, 1.")


def test_more_than_the_header_counts_is_told(tmp_path: Path) -> None:
    path = flac(tmp_path / "a.flac", 2.0)
    data = bytearray(path.read_bytes())
    data[22:26] = (RATE + 1).to_bytes(4, "big")
    path.write_bytes(data)
    assert found(path).fault == "has 2.00 s, more than the 1.00 s that its header counts"


def test_what_looks_like_a_frame_behind_the_last_one_is_none(tmp_path: Path) -> None:
    path = flac(tmp_path / "a.flac", 1.0)
    data = path.read_bytes()
    frame = data[data.index(b"\xff\xf8") :][:16]
    path.write_bytes(data + frame + b"\xff\xf8" + bytes(100) + b"\xff")
    assert found(path).fault is None
