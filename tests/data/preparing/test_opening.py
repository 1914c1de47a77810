"""A corpus opened by its key: what was another one does not stay, and DIR is no source."""

import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from plion.data.preparing.opening import advice, open_corpus
from plion.data.preparing.prepare import prepare
from plion.data.preparing.prepared import Report, render_prepared
from plion.errors import InputError

TRANSCRIPT = {"LibriSpeech/dev-clean/84/1/84-1.trans.txt": b"84-1-0000 GO\n"}
CONTENT = {
    "train/content.txt": "SSB00050001.wav\t广 guang3\n".encode(),
    "test/content.txt": "SSB00050002.wav\t州 zhou1\n".encode(),
}


def pack(path: Path, files: dict[str, bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def test_a_wrong_archive_is_named_and_does_not_stand_in_the_way(tmp_path: Path) -> None:
    wrong = pack(tmp_path / "wrong.tgz", TRANSCRIPT)
    with pytest.raises(InputError) as error:
        open_corpus("aishell3", wrong, tmp_path / "out")
    assert str(error.value).startswith(f"{wrong} is not aishell3: ")
    assert str(error.value).endswith("; it looks like librispeech")
    assert not (tmp_path / "out/aishell3/audio").exists()
    right = pack(tmp_path / "data_aishell3.tgz", CONTENT)
    assert len(open_corpus("aishell3", right, tmp_path / "out")[1].files) == 2


def test_what_was_unpacked_before_stays_when_files_are_refused(tmp_path: Path) -> None:
    archive = pack(tmp_path / "data_aishell3.tgz", CONTENT)
    open_corpus("aishell3", archive, tmp_path / "out")
    kept = tmp_path / "out/aishell3/audio/train/content.txt"
    (tmp_path / "out/aishell3/audio/test/content.txt").unlink()
    pack(archive, {"train/content.txt": CONTENT["train/content.txt"]})
    with pytest.raises(InputError, match="is not aishell3"):
        open_corpus("aishell3", archive, tmp_path / "out")
    assert kept.exists()


def test_what_lies_below_dir_is_no_part_of_the_source(tmp_path: Path) -> None:
    pack(tmp_path / "data_aishell3.tgz", CONTENT)
    pack(tmp_path / "out/elsewhere/data_aishell3.tgz", CONTENT)
    for _ in range(2):
        _, tree = open_corpus("aishell3", tmp_path, tmp_path / "out")
        assert len(tree.files) == 2 + 1  # the archive itself
        assert tree.left_packed == ()


def test_audio_that_lies_there_packed_is_told(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for name, content in CONTENT.items():
        (source / name).parent.mkdir(parents=True)
        (source / name).write_bytes(content)
    pack(source / "data_aishell3.tgz", CONTENT)
    other = pack(source / "more.tgz", CONTENT)
    with pytest.raises(InputError, match="2 without audio") as error:
        prepare("aishell3", source, tmp_path / "out")
    told = f"; {other} was not unpacked: unpack it, or give it as SOURCE"
    assert str(error.value).endswith(told)


def test_without_anything_packed_there_is_no_advice(tmp_path: Path) -> None:
    archive = pack(tmp_path / "data_aishell3.tgz", CONTENT)
    assert advice(open_corpus("aishell3", archive, tmp_path / "out")[1]) == ""


def test_what_was_left_packed_is_told_in_the_notes() -> None:
    archives = ["a.zip", "b\x1b[2J.zip", "c.zip", "d.zip", "e.zip"]
    report = Report("aishell3", "ratio", None, {}, {}, {}, 0, "", left_packed=archives)
    lines = render_prepared(report).splitlines()
    assert "not unpacked: a.zip, b\\x1b[2J.zip, c.zip and 2 more" in lines
    assert "not unpacked" not in render_prepared(replace(report, left_packed=()))
