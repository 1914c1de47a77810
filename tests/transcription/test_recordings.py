"""What is found of what is named, and what each transcript is called."""

import io
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from plion.errors import InputError
from plion.transcription.recordings import recordings


def touched(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"audio")
    return root


def outputs(*arguments: Path | str, spool: Path = Path("/nowhere")) -> list[str]:
    return [str(one.output) for one in recordings([str(one) for one in arguments], spool)]


def piped(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    class Pipe(io.TextIOWrapper):
        def isatty(self) -> bool:
            return False

    monkeypatch.setattr(sys, "stdin", Pipe(io.BytesIO(content)))


def test_folder_is_searched_to_the_bottom_in_the_order_of_names(tmp_path: Path) -> None:
    names = ("b.FLAC", "a.wav", "sub/c.mp3", "notes.txt", ".hidden/d.wav", "._a.wav")
    touched(tmp_path, *names)
    found = recordings([str(tmp_path)], tmp_path)
    assert [one.path.name for one in found] == ["a.wav", "b.FLAC", "c.mp3"]
    assert [str(one.output) for one in found] == ["a", "b", "sub/c"]


@pytest.mark.parametrize("suffix", ["m4a", "mp4", "aac", "webm", "mkv", "wma", "aiff", "AIF"])
def test_folder_passes_over_no_suffix_of_audio(suffix: str, tmp_path: Path) -> None:
    touched(tmp_path, f"a.{suffix}", "b.txt")
    assert outputs(tmp_path) == ["a"]


def test_folder_passes_over_nothing_that_begins_as_audio(tmp_path: Path) -> None:
    touched(tmp_path, "b.txt", "c")
    (tmp_path / "a.part1").write_bytes(b"OggS" + bytes(99))
    (tmp_path / "d").write_bytes(b"\0\0\0 ftypM4A \0\0\2\0")
    (tmp_path / "photo.heic").write_bytes(b"\0\0\0 ftypheic\0\0\0\0")
    (tmp_path / "e.txt").write_text("text", encoding="utf-16")
    assert outputs(tmp_path) == ["a", "d"]


def test_file_is_taken_whatever_its_suffix(tmp_path: Path) -> None:
    touched(tmp_path, "speech.bin")
    assert outputs(tmp_path / "speech.bin") == ["speech"]


def test_files_of_one_name_in_two_folders_keep_their_folders(tmp_path: Path) -> None:
    touched(tmp_path, "a/x.wav", "b/x.wav")
    assert outputs(tmp_path / "a" / "x.wav", tmp_path / "b" / "x.wav") == ["a/x", "b/x"]


def test_two_suffixes_of_one_name_are_kept(tmp_path: Path) -> None:
    touched(tmp_path, "x.wav", "x.flac", "y.wav")
    assert outputs(tmp_path) == ["x.flac", "x.wav", "y"]


def test_no_two_recordings_share_an_output(tmp_path: Path) -> None:
    touched(tmp_path, "x.wav", "x.flac", "x.wav.mp3", "y.wav", "y.wav.mp3", "z", "z.wav")
    found = outputs(tmp_path, tmp_path / "z")
    assert len(set(found)) == 7
    assert {"x.wav", "x.flac", "x.wav.mp3", "y", "z"} <= set(found)


def test_what_is_no_file_is_to_be_piped(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    for path in ("/dev/zero", tmp_path / "pipe", tmp_path / "link"):
        with pytest.raises(
            InputError, match=f"recording {path} is not a regular file; pipe it into -"
        ):
            recordings([str(path)], tmp_path)


def test_recording_named_twice_is_transcribed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touched(tmp_path, "x.wav")
    monkeypatch.chdir(tmp_path)
    assert outputs("x.wav", tmp_path, "./x.wav") == ["x"]


def test_standard_input_is_a_file_for_as_long_as_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    piped(monkeypatch, b"audio")
    (one,) = recordings(["-"], tmp_path)
    assert (one.name, str(one.output)) == ("-", "stdin")
    assert one.path.parent == tmp_path and one.path.read_bytes() == b"audio"


def test_name_that_is_no_unicode_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "\udce9.wav"
    try:
        path.write_bytes(b"audio")
    except OSError:
        pytest.skip("this file system takes no such names")
    (one,) = recordings([str(path)], tmp_path)
    assert one.name == str(path) and one.path == path


def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal())


@pytest.mark.parametrize(
    ("argument", "prepare", "sentence"),
    [
        ("gone.wav", None, "recording gone.wav does not exist"),
        ("empty", lambda _: Path("empty").mkdir(), "folder empty has no audio"),
        ("link.wav", lambda _: Path("link.wav").symlink_to("gone"), "is a broken link"),
        ("-", lambda patch: piped(patch, b""), "standard input is empty"),
        ("-", terminal, "standard input is a terminal"),
    ],
)
def test_what_cannot_be_found_is_told(
    argument: str, prepare: Any, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if prepare:
        prepare(monkeypatch)
    with pytest.raises(InputError, match=sentence):
        recordings([argument], tmp_path)
