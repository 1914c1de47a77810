"""Sources as they are downloaded: which archives are unpacked, to where, and how often."""

import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from packing import (
    WAVE,
    Content,
    open_all,
    packed_tar,
    packed_zip,
    put,
    refusal,
    special,
    tar_of,
    unpacked,
)

from plion.data.unpacking import draft
from plion.errors import InputError

# Where files come to lie


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [
        (".tar", packed_tar),
        (".tar.gz", lambda files: packed_tar(files, "w:gz")),
        (".tgz", lambda files: packed_tar(files, "w:gz")),
        (".TAR.BZ2", lambda files: packed_tar(files, "w:bz2")),
        (".tar.xz", lambda files: packed_tar(files, "w:xz")),
        (".zip", packed_zip),
        (".tar.gz", packed_tar),  # as some servers send it
    ],
)
def test_an_archive_is_unpacked_byte_for_byte(
    source: Path, work: Path, suffix: str, pack: Callable[[Content], bytes]
) -> None:
    files = {"ta_in/train.tsv": "1\tஒன்று".encode(), "ta_in/audio/train/a.wav": WAVE}
    archive = put(source / f"ta_in{suffix}", pack(files))
    tree = open_all(archive, work)
    assert unpacked(work) == files
    assert tree.name == "ta_in"
    assert tree.path("ta_in/ta_in/audio/train/a.wav") == work / "ta_in/audio/train/a.wav"


def test_a_folder_that_lies_open_is_left_as_it_is(source: Path, work: Path) -> None:
    put(source / "train.tsv", b"1")
    tree = open_all(source, work, r"(?!)", "train.tsv")
    assert tree.files == ["downloads/train.tsv"]
    assert not work.exists()


def test_an_archive_of_a_folder_is_unpacked_where_it_lies(source: Path, work: Path) -> None:
    put(source / "PART2/DATA/WAVE/SPEAKER0001.zip", packed_zip({"SPEAKER0001/a.WAV": WAVE}))
    open_all(source, work)
    assert unpacked(work) == {"PART2/DATA/WAVE/SPEAKER0001/a.WAV": WAVE}


def test_archives_with_files_at_their_top_get_folders_of_their_names(
    source: Path, work: Path
) -> None:
    put(source / "ta_in_female.zip", packed_zip({"line_index.tsv": b"f", "taf_1.wav": WAVE}))
    put(source / "ta_in_male.zip", packed_zip({"docs/a.txt": b"", "line_index.tsv": b"m"}))
    tree = open_all(source, work)
    assert tree.glob("line_index.tsv") == [
        "downloads/ta_in_female/line_index.tsv",
        "downloads/ta_in_male/line_index.tsv",
    ]
    assert (work / "ta_in_male/docs/a.txt").exists()


def test_a_leading_dot_and_folders_of_their_own_do_not_count(source: Path, work: Path) -> None:
    with tarfile.open(source / "a.tar", "w") as archive:
        archive.addfile(special(".", tarfile.DIRTYPE))
        archive.addfile(special("./empty", tarfile.DIRTYPE))
        member = tarfile.TarInfo("./train/a.txt")
        archive.addfile(member)
    open_all(source, work)
    assert unpacked(work) == {"train/a.txt": b""}


def test_hidden_files_are_not_unpacked(source: Path, work: Path) -> None:
    hidden = {".DS_Store": b"x", "a/._b.wav": b"x", ".unpacked/source.json": b"x"}
    put(source / "a.zip", packed_zip({**hidden, "a/b.wav": WAVE}))
    open_all(source, work)
    assert unpacked(work) == {"a/b.wav": WAVE}
    assert json.loads((work / ".unpacked/source.json").read_text()) != "x"


def test_the_same_file_in_two_archives_is_kept_once(source: Path, work: Path) -> None:
    for name in ("dev-clean", "test-clean"):
        files = {"LibriSpeech/README.TXT": b"same", f"LibriSpeech/{name}/1/1-1.flac": WAVE}
        put(source / f"{name}.tar.gz", packed_tar(files, "w:gz"))
    tree = open_all(source, work)
    assert tree.audio_files == 2
    assert tree.files.count("downloads/LibriSpeech/README.TXT") == 1


def test_archives_that_contradict_each_other_are_refused(source: Path, work: Path) -> None:
    put(source / "a.zip", packed_zip({"x/text.txt": b"one"}))
    put(source / "b.zip", packed_zip({"x/text.txt": b"other", "x/more.txt": b""}))
    with pytest.raises(InputError, match=r"b\.zip has .*x/text\.txt.*other content"):
        open_all(source, work)
    assert unpacked(work) == {"x/text.txt": b"one"}


def test_permissions_are_not_kept(source: Path, work: Path) -> None:
    member = tarfile.TarInfo("x/run")
    member.mode = 0o6777
    put(source / "a.tar", tar_of(member))
    open_all(source, work)
    assert (work / "x/run").stat().st_mode & 0o7111 == 0


def test_the_output_may_lie_below_the_source(source: Path) -> None:
    put(source / "a.zip", packed_zip({"a/text.txt": b"a"}))
    for _ in range(2):
        tree = open_all(source, source / "out/audio")
        assert tree.glob("text.txt") == ["downloads/a/text.txt"]


# Archives within archives


def test_archives_within_archives_are_unpacked_and_go(source: Path, work: Path) -> None:
    inner = packed_tar({"train/S0002/BAC.wav": WAVE}, "w:gz")
    outer = {"data/transcript/t.txt": b"t", "data/wav/S0002.tar.gz": inner}
    put(source / "data.tgz", packed_tar(outer, "w:gz"))
    open_all(source, work)
    assert unpacked(work) == {"data/transcript/t.txt": b"t", "data/wav/train/S0002/BAC.wav": WAVE}


def test_the_fourth_level_stays_packed(source: Path, work: Path) -> None:
    content = {"x/end.txt": b"end"}
    for level in (4, 3, 2):
        content = {f"x/{level}.zip": packed_zip(content)}
    put(source / "1.zip", packed_zip(content))
    open_all(source, work)
    assert list(unpacked(work)) == ["x/x/x/4.zip"]


# What is chosen


def test_only_the_wanted_pieces_are_unpacked(source: Path, work: Path) -> None:
    for name in ("train-clean-100", "train-other-500"):
        put(source / f"{name}.zip", packed_zip({f"LibriSpeech/{name}/1.trans.txt": b""}))
    open_all(source, work, r"train-clean-100|dev-clean", "*.trans.txt")
    assert list(unpacked(work)) == ["LibriSpeech/train-clean-100/1.trans.txt"]


def test_a_piece_is_unpacked_although_others_lie_open(source: Path, work: Path) -> None:
    put(source / "LibriSpeech/dev-clean/1.trans.txt", b"")
    for name in ("train-clean-100", "dev-clean"):
        put(source / f"{name}.zip", packed_zip({f"LibriSpeech/{name}/1.trans.txt": b""}))
    open_all(source, work, r"train-clean-100|dev-clean", "*.trans.txt")
    assert list(unpacked(work)) == ["LibriSpeech/train-clean-100/1.trans.txt"]


def test_a_folder_elsewhere_of_the_same_name_is_not_the_piece(source: Path, work: Path) -> None:
    put(source / "PART1/WAVE/SPEAKER0001/a.WAV", WAVE)
    put(source / "PART2/WAVE/SPEAKER0001.zip", packed_zip({"SPEAKER0001/b.WAV": WAVE}))
    open_all(source, work, r"SPEAKER\d{4}")
    assert list(unpacked(work)) == ["PART2/WAVE/SPEAKER0001/b.WAV"]


def test_archives_beside_an_open_corpus_are_left_alone(source: Path, work: Path) -> None:
    put(source / "content.txt", b"")
    put(source / "data.zip", b"not even an archive")
    open_all(source, work, r"(?!)", "content.txt")
    assert not work.exists()


def test_everything_is_unpacked_where_one_pattern_is_missing(source: Path, work: Path) -> None:
    put(source / "content.txt", b"")
    put(source / "data.zip", packed_zip({"x/label.txt": b""}))
    open_all(source, work, r"(?!)", "content.txt", "label.txt")
    assert list(unpacked(work)) == ["x/label.txt"]


# What is no source


@pytest.mark.parametrize(
    "name",
    ["a.tar.gz.part", "x/a.zip.crdownload", "a.tgz.aria2", "b.zip.partial", "a.zip.download/a.zip"],
)
def test_an_unfinished_download_is_named(source: Path, work: Path, name: str) -> None:
    put(source / name, b"x")
    assert "is an unfinished download" in refusal(source, work)
    assert "is an unfinished download" in refusal(source / name.removesuffix("/a.zip"), work)


def test_a_source_that_is_not_there_is_named(source: Path, work: Path) -> None:
    assert refusal(source / "nothing", work) == f"there is no {source / 'nothing'}"


def test_a_source_of_another_kind_is_refused(source: Path, work: Path) -> None:
    message = refusal(put(source / "a.rar", b"Rar!"), work)
    assert "a.rar is neither a folder nor an archive (.tar .tar.gz" in message


def test_a_full_disk_is_named(source: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    put(source / "a.zip", packed_zip({"a/text.txt": b"text"}))
    monkeypatch.setattr(draft.Draft, "add", full)
    assert "no space left on the disk" in refusal(source, work)
