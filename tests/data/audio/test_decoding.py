"""Decoding without torch: the file's own rate, all of what is in it, and what cannot be opened."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
import pytest
import soundfile
from encoded import RATE, encoded, joined, mp3, piped_flac, pitch, sweep, uncounted_mp3
from tiny import tone

from plion.data.audio.decoding import _LAYOUTS, decode, open_audio
from plion.data.audio.formats.layout import Layout
from plion.errors import InputError


def test_samples_keep_the_files_own_rate(tmp_path: Path) -> None:
    path = tone(tmp_path / "a.wav", 1.0, rate=44_100)
    samples, rate = decode(path, offset=0.25, duration=0.5)
    assert rate == 44_100 and samples.dtype == np.float32
    whole = soundfile.read(path, dtype="float32")[0]
    np.testing.assert_array_equal(samples, whole[11_025:33_075])


def test_a_link_to_nothing_is_told_from_a_missing_file(tmp_path: Path) -> None:
    (tmp_path / "a.wav").symlink_to("gone.wav")
    with pytest.raises(InputError, match=r"a\.wav is a broken link \(to gone\.wav\)$"):
        decode(tmp_path / "a.wav", 0.0, 1.0)


def test_a_folder_is_not_audio(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder$"):
        decode(tmp_path, 0.0, 1.0)


def test_a_name_need_not_be_utf_8(tmp_path: Path) -> None:
    path = tone(tmp_path / "a.wav", 1.0)
    odd = path.rename(tmp_path / os.fsdecode(b"a\xff.wav"))
    assert decode(odd, 0.0, 1.0)[0].any()


def test_headerless_samples_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.raw").write_bytes(bytes(range(100)))
    with pytest.raises(InputError, match="raw samples have no header with a rate"):
        decode(tmp_path / "a.raw", 0.0, 1.0)


# --- all of it: joined, chained, uncounted and cut files, and formats that PyAV decodes


def mixed_ogg(path: Path) -> Path:
    """A chain of 2 s at 16 kHz and 1 s at 48 kHz with two channels, the sweep going on in it."""
    whole = sweep(3.0, rate=48_000)
    soundfile.write(path.with_name("1.ogg"), sweep(2.0), RATE)
    soundfile.write(path.with_name("2.ogg"), np.stack([whole[96_000:]] * 2, axis=1), 48_000)
    return joined(path, path.with_name("1.ogg"), path.with_name("2.ogg"))


def joined_mp3(path: Path) -> Path:
    whole = sweep(3.0)
    return joined(
        path,
        mp3(path.with_name("1.mp3"), whole[: 2 * RATE]),
        mp3(path.with_name("2.mp3"), whole[2 * RATE :]),
    )


def joined_wav(path: Path) -> Path:
    whole = sweep(3.0)
    soundfile.write(path.with_name("1.wav"), whole[: 2 * RATE], RATE)
    soundfile.write(path.with_name("2.wav"), whole[2 * RATE :], RATE, format="RF64")
    return joined(path, path.with_name("1.wav"), path.with_name("2.wav"))


def joined_flac(path: Path) -> Path:
    whole = sweep(3.0)
    piped_flac(path.with_name("1.flac"), whole[: 2 * RATE])
    soundfile.write(path.with_name("2.flac"), whole[2 * RATE :], RATE)
    return joined(path, path.with_name("1.flac"), path.with_name("2.flac"))


def joined_by_two(path: Path) -> Path:
    """Two files of a format that PyAV reads, end to end."""
    whole = sweep(3.0)
    first = encoded(path.with_name(f"1{path.suffix}"), whole[: 2 * RATE])
    return joined(path, first, encoded(path.with_name(f"2{path.suffix}"), whole[2 * RATE :]))


def tagged(path: Path) -> Path:
    """A file after an ID3v2 tag of nothing."""
    path.write_bytes(b"ID3\4\0\0\0\0\0\x09" + bytes(9) + path.read_bytes())
    return path


HARD: dict[str, Callable[[Path], Path]] = {
    "uncounted.mp3": lambda path: uncounted_mp3(path, sweep(3.0)),
    "joined.mp3": joined_mp3,
    "joined.wav": joined_wav,
    "joined.flac": joined_flac,
    "chained.ogg": mixed_ogg,
    "piped.flac": lambda path: piped_flac(path, sweep(3.0)),
    "plain.m4a": lambda path: encoded(path, sweep(3.0)),
    "plain.mp4": lambda path: encoded(path, sweep(3.0)),
    "plain.aac": lambda path: encoded(path, sweep(3.0)),
    "tagged.aac": lambda path: tagged(encoded(path, sweep(3.0))),
    "plain.mkv": lambda path: encoded(path, sweep(3.0)),
    "plain.webm": lambda path: encoded(path, sweep(3.0)),
    "joined.m4a": joined_by_two,
    "joined.webm": joined_by_two,
    "plain.wma": lambda path: encoded(path, sweep(3.0)),
}
BY_PYAV = ("uncounted.mp3", "plain.m4a", "plain.mp4", "plain.aac", "plain.mkv", "plain.webm",
           "plain.wma")  # fmt: skip


@pytest.mark.parametrize("name", HARD)
def test_all_of_a_file_is_heard_and_its_length_is_that_of_what_is_heard(
    name: str, tmp_path: Path
) -> None:
    with open_audio(HARD[name](tmp_path / name)) as audio:
        samples = np.concatenate(list(audio.blocks(0.0, 1.0)))
        assert audio.fault is None
        assert len(samples) / audio.rate == pytest.approx(3.0, abs=0.12)
        assert audio.seconds == pytest.approx(len(samples) / audio.rate, abs=0.08)


@pytest.mark.parametrize("offset", [0.0, 0.5, 1.5, 2.25])
@pytest.mark.parametrize("name", HARD)
def test_part_of_any_file_is_what_lies_there(name: str, offset: float, tmp_path: Path) -> None:
    samples, rate = decode(HARD[name](tmp_path / name), offset, 0.5)
    assert len(samples) == round(0.5 * rate)
    middle = 300 + 100 * (offset + 0.25)  # of the sweep there
    assert pitch(samples, rate) == pytest.approx(middle, abs=15)


@pytest.mark.parametrize("suffix", ["mkv", "wma"])
def test_part_of_what_pyav_decodes_begins_at_its_sample(suffix: str, tmp_path: Path) -> None:
    path = encoded(tmp_path / f"a.{suffix}", sweep(4.0))
    with open_audio(path) as audio:
        whole = np.concatenate(list(audio.blocks(0.0, 9.0)))
    part, rate = decode(path, 2.0, 0.5)
    np.testing.assert_allclose(part, whole[2 * rate :][: len(part)], atol=0.01)


def test_chain_has_its_highest_rate(tmp_path: Path) -> None:
    with open_audio(mixed_ogg(tmp_path / "a.ogg")) as audio:
        assert (audio.rate, audio.channels, audio.seconds) == (48_000, 2, 3.0)


def test_whole_file_is_decoded_by_libsndfile_to_the_bit(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (RATE, 2)).astype(np.float32)
    for suffix in ("wav", "flac", "aiff", "mp3", "ogg"):
        path = tmp_path / f"a.{suffix}"
        soundfile.write(path, noise, RATE)
        expected = soundfile.read(path, dtype="float32", always_2d=True)[0].mean(axis=1)
        np.testing.assert_array_equal(decode(path, 0.0, len(expected) / RATE)[0], expected)


@pytest.mark.parametrize("name", BY_PYAV)
def test_without_pyav_what_to_install_is_said_and_nothing_is_half_heard(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = HARD[name](tmp_path / name)
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(InputError, match=r"^audio .* PyAV.*: pip install av"):
        decode(path, 0.0, 0.2)


@pytest.mark.parametrize(
    "name", ["piped.flac", "joined.flac", "joined.mp3", "joined.wav", "chained.ogg"]
)
def test_what_libsndfile_hears_needs_no_pyav(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = HARD[name](tmp_path / name)
    monkeypatch.setitem(sys.modules, "av", None)
    assert len(decode(path, 0.0, 3.0)[0])


@pytest.mark.parametrize(
    ("suffix", "fault"),
    [
        ("wav", "is truncated"),
        ("aac", "is cut off in the middle of its last frame"),
        ("aiff", "is truncated"),
        ("au", "is truncated"),
        ("caf", "is truncated"),
        ("w64", "is truncated"),
        ("flac", "is truncated: its header counts 3.0"),
        ("mp3", "is truncated: its header counts"),
        ("ogg", "is cut off: its last page is missing"),
        ("mkv", "is truncated: its header counts 3.0"),
        ("wma", "is truncated: [0-9,]+ of [0-9,]+ bytes are missing"),
    ],
)
def test_part_of_a_cut_file_is_refused(suffix: str, fault: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 3 * RATE).astype(np.float32)
    if suffix in ("aac", "mkv", "wma"):
        encoded(path, noise)
    else:
        soundfile.write(path, noise, RATE)
    data = path.read_bytes()
    path.write_bytes(data[: round(len(data) * 0.7)])
    with pytest.raises(InputError, match=f"^audio {path} {fault}"):
        decode(path, 0.0, 0.5)


def test_film_without_sound_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        for _ in range(3):
            picture = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    with pytest.raises(InputError, match=r"a\.mkv cannot be decoded: there is no audio in it"):
        decode(path, 0.0, 0.2)


def test_text_that_is_called_m4a_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.m4a").write_text("no audio " * 99)
    with pytest.raises(InputError, match=r"a\.m4a cannot be decoded"):
        decode(tmp_path / "a.m4a", 0.0, 0.2)


def test_name_of_what_pyav_decodes_need_not_be_utf_8(tmp_path: Path) -> None:
    path = encoded(tmp_path / "a.m4a", sweep(1.0))
    odd = path.rename(tmp_path / os.fsdecode(b"a\xff.m4a"))
    assert decode(odd, 0.0, 1.0)[0].any()


def test_file_that_cannot_be_looked_at_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(file: BinaryIO, size: int) -> Layout:
        raise OSError(5, "Input/output error")

    path = mp3(tmp_path / "a.mp3", sweep(1.0))
    monkeypatch.setitem(_LAYOUTS, "MP3", failing)
    with pytest.raises(InputError, match=r"a\.mp3 cannot be read: Input/output error"):
        decode(path, 0.0, 1.0)


@pytest.mark.parametrize("name", ["joined.flac", "joined.mp3", "joined.webm"])
def test_disk_without_maps_of_files_will_do(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_map(*_: object, **__: object) -> None:
        raise OSError(19, "No such device")

    path = HARD[name](tmp_path / name)
    monkeypatch.setattr("mmap.mmap", no_map)
    assert len(decode(path, 0.0, 2.9)[0])


def test_channels_that_cancel_are_heard(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.stack([sweep(1.0), -sweep(1.0)], axis=1), RATE)
    np.testing.assert_allclose(decode(tmp_path / "a.wav", 0.0, 1.0)[0], sweep(1.0), atol=1e-4)
    with open_audio(tmp_path / "a.wav") as audio:
        assert not audio.cancels and len(list(audio.blocks(0.0, 0.5))) == 2 and audio.cancels


def test_file_that_grew_is_looked_at_anew(tmp_path: Path) -> None:
    path = mp3(tmp_path / "a.mp3", sweep(2.0))
    decode(path, 0.0, 2.0)
    path.write_bytes(path.read_bytes() + mp3(tmp_path / "b.mp3", sweep(1.0)).read_bytes())
    assert len(decode(path, 0.0, 3.0)[0]) == 3 * RATE
