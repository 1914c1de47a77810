"""MP3 frames are counted where the file's own count cannot be believed."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from encoded import RATE, joined, mp3, sweep, uncounted_mp3

from plion.data.audio.decoding import open_audio
from plion.data.audio.formats.layout import Layout, Part
from plion.data.audio.formats.mpeg import layout

FRAME = 576 / RATE  # seconds


def found(path: Path) -> Layout:
    with path.open("rb") as file:
        return layout(file, path.stat().st_size)


def seconds(path: Path) -> list[float | None]:
    return [part.seconds for part in found(path).parts]


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("mode", ["CONSTANT", "VARIABLE"])
@pytest.mark.parametrize("channels", [1, 2])
def test_count_of_a_whole_file_is_believed(
    rate: int, mode: str, channels: int, tmp_path: Path
) -> None:
    samples = np.stack([sweep(1.0, rate=rate)] * channels, axis=1)
    soundfile.write(tmp_path / "a.mp3", samples, rate, bitrate_mode=mode, compression_level=0.5)
    assert seconds(tmp_path / "a.mp3") == [None]
    assert found(tmp_path / "a.mp3").fault is None


def test_frames_without_a_count_are_counted(tmp_path: Path) -> None:
    (lasts,) = seconds(uncounted_mp3(tmp_path / "a.mp3", sweep(3.0)))
    assert lasts == pytest.approx(3.0, abs=4 * FRAME)


def test_joined_files_are_parted_where_they_meet(tmp_path: Path) -> None:
    first = mp3(tmp_path / "1.mp3", sweep(2.0))
    second = mp3(tmp_path / "2.mp3", sweep(1.0, rate=44_100), 44_100)
    parts = found(joined(tmp_path / "a.mp3", first, second)).parts
    assert [(part.start, part.end) for part in parts] == [
        (0, first.stat().st_size),
        (first.stat().st_size, first.stat().st_size + second.stat().st_size),
    ]


def id3v2(data: bytes) -> bytes:
    return b"ID3\4\0\0" + bytes([0, 0, len(data) >> 7, len(data) & 0x7F]) + data


def test_tags_are_no_frames(tmp_path: Path) -> None:
    path = mp3(tmp_path / "a.mp3", sweep(1.0))
    data = path.read_bytes()
    path.write_bytes(id3v2(b"\xff\xfb\x90\x00" * 99) + data + b"TAG" + bytes(125))
    assert found(path) == Layout([Part(0, path.stat().st_size)])


def test_tag_between_two_files_without_counts_parts_them(tmp_path: Path) -> None:
    data = uncounted_mp3(tmp_path / "1.mp3", sweep(1.0)).read_bytes()
    (tmp_path / "a.mp3").write_bytes(data + id3v2(bytes(50)) + data)
    assert len(seconds(tmp_path / "a.mp3")) == 2


def test_frames_after_those_that_are_counted_are_a_stream(tmp_path: Path) -> None:
    first = mp3(tmp_path / "1.mp3", sweep(1.0))
    joined(tmp_path / "a.mp3", first, uncounted_mp3(tmp_path / "2.mp3", sweep(2.0)))
    counted, rest = seconds(tmp_path / "a.mp3")
    assert counted is None and rest == pytest.approx(2.0, abs=4 * FRAME)


@pytest.mark.parametrize(
    ("make", "fault"),
    [(mp3, "is truncated: its header counts 3.1"), (uncounted_mp3, "is cut off in the middle of")],
)
def test_cut_file_is_told(make: Callable[..., Path], fault: str, tmp_path: Path) -> None:
    path = make(tmp_path / "a.mp3", sweep(3.0))
    path.write_bytes(path.read_bytes()[:-1001])
    assert str(found(path).fault).startswith(fault)


@pytest.mark.parametrize("content", [b"\xff\xfb", b"\xff" * 5000, id3v2(b"") + b"fLaC" + bytes(99)])
def test_what_has_no_frames_is_left_to_the_decoder(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(content)
    assert seconds(tmp_path / "a.mp3") == [None] and found(tmp_path / "a.mp3").fault is None


def recounted(path: Path, count: int) -> Path:
    """An MP3 whose first frame counts so many, and the bytes that there are."""
    data = bytearray(mp3(path, sweep(3.0)).read_bytes())
    at = data.index(b"Xing") + 8
    data[at : at + 4] = count.to_bytes(4, "big")
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("count", [0, 20])
def test_frames_are_heard_though_the_first_counts_fewer(count: int, tmp_path: Path) -> None:
    with open_audio(recounted(tmp_path / "a.mp3", count)) as audio:
        assert audio.fault is None and audio.seconds == pytest.approx(3.0, abs=4 * FRAME)
        decoded = sum(map(len, audio.blocks(0.0, 9.0))) / RATE
        assert decoded == pytest.approx(3.0, abs=4 * FRAME)


def test_more_frames_than_there_are_are_told_from_the_header(tmp_path: Path) -> None:
    fault = found(recounted(tmp_path / "a.mp3", 200)).fault
    assert str(fault).startswith("is truncated: its header counts 7.20 s, 3.")


@pytest.mark.parametrize(
    "before", [bytes(3000), b"APETAGEX\xd0\7\0\0\x20\0\0\0\0\0\0\0\0\0\0\x80" + bytes(8)]
)
def test_what_stands_before_the_frames_does_not_hide_their_number(
    before: bytes, tmp_path: Path
) -> None:
    path = uncounted_mp3(tmp_path / "a.mp3", sweep(3.0))
    path.write_bytes(before + path.read_bytes())
    with open_audio(path) as audio:
        assert audio.seconds == pytest.approx(3.0, abs=4 * FRAME)
