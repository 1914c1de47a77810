"""Ogg pages tell where streams follow each other, and whether the last one ends."""

from pathlib import Path

import pytest
import soundfile
from encoded import RATE, joined, sweep

from plion.data.audio.formats.layout import Layout, Part
from plion.data.audio.formats.ogg import layout

CUT = "is cut off: its last page is missing"


def ogg(path: Path, codec: str = "VORBIS", seconds: float = 2.0) -> Path:
    soundfile.write(path, sweep(seconds), RATE, format="OGG", subtype=codec)
    return path


def found(path: Path) -> Layout:
    with path.open("rb") as file:
        return layout(file, path.stat().st_size)


@pytest.mark.parametrize("codec", ["VORBIS", "OPUS"])
def test_whole_file_is_one_stream(codec: str, tmp_path: Path) -> None:
    path = ogg(tmp_path / "a.ogg", codec)
    assert found(path) == Layout([Part(0, path.stat().st_size)])


def test_chain_has_a_stream_for_each_first_page(tmp_path: Path) -> None:
    first, second = ogg(tmp_path / "1.ogg"), ogg(tmp_path / "2.opus", "OPUS")
    middle, end = first.stat().st_size, first.stat().st_size + second.stat().st_size
    parts = [Part(0, middle), Part(middle, end)]
    assert found(joined(tmp_path / "a.ogg", first, second)) == Layout(parts)


@pytest.mark.parametrize("codec", ["VORBIS", "OPUS"])
@pytest.mark.parametrize("left", [0.3, 0.6, 0.99])
def test_cut_file_lacks_its_last_page(codec: str, left: float, tmp_path: Path) -> None:
    path = ogg(tmp_path / "a.ogg", codec)
    data = path.read_bytes()
    path.write_bytes(data[: round(len(data) * left)])
    assert found(path).fault == CUT


def test_file_cut_between_pages_lacks_its_last_page(tmp_path: Path) -> None:
    path = ogg(tmp_path / "a.ogg")
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b"OggS")])
    assert found(path).fault == CUT


@pytest.mark.parametrize("cut", ["first", "second"])
def test_any_cut_stream_of_a_chain_is_told(cut: str, tmp_path: Path) -> None:
    files = [ogg(tmp_path / "first.ogg"), ogg(tmp_path / "second.ogg")]
    path = tmp_path / f"{cut}.ogg"
    path.write_bytes(path.read_bytes()[:-50])
    assert found(joined(tmp_path / "a.ogg", *files)).fault == CUT


def test_streams_that_begin_together_are_one_link(tmp_path: Path) -> None:
    data = ogg(tmp_path / "a.ogg").read_bytes()
    second = data.index(b"OggS", 4)
    other = data[:14] + b"othr" + data[18:second]  # a first page of another serial number
    last = data[data.rindex(b"OggS") :]
    (tmp_path / "b.ogg").write_bytes(data[:second] + other + data[second:])
    assert found(tmp_path / "b.ogg").fault == CUT
    (tmp_path / "b.ogg").write_bytes(
        data[:second] + other + data[second:] + last[:14] + b"othr" + last[18:]
    )
    assert found(tmp_path / "b.ogg") == Layout([Part(0, (tmp_path / "b.ogg").stat().st_size)])


def test_what_lies_between_pages_is_passed_over(tmp_path: Path) -> None:
    data = ogg(tmp_path / "a.ogg").read_bytes()
    at = data.rindex(b"OggS")
    (tmp_path / "a.ogg").write_bytes(data[:at] + bytes(99_999) + data[at:] + bytes(99))
    assert found(tmp_path / "a.ogg").fault is None
