"""Which archives of a folder are unpacked, and what is told of the others."""

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from packing import WAVE, open_all, packed_tar, packed_zip, put, unpacked

from plion.data.corpora import commonvoice, hub, librispeech
from plion.data.corpora.corpus import Corpus, Entry
from plion.data.corpora.packed import named
from plion.data.corpora.tree import Tree
from plion.data.unpacking.unpack import open_source
from plion.errors import InputError

TABLE = (
    b"client_id\tpath\tsentence_id\tsentence\tlocale\nc0ffee\tcommon_voice_ta_1.mp3\ts1\tx\tta\n"
)
TABLES = {f"{name}.tsv": TABLE for name in ("train", "dev", "test", "validated")}
CLIP = "clips/common_voice_ta_1.mp3"
LINE = b'{"file_name": "a.wav", "text": "satu"}\n'


def shard(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    audio = pa.array([{"bytes": b"fLaC"}], pa.struct([("bytes", pa.binary())]))
    pq.write_table(pa.table({"audio": audio, "text": ["satu"]}), path)
    return path


def lay(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        put(folder / name, content)


def refusal(source: Path, work: Path, wanted: Corpus) -> str:
    with pytest.raises(InputError) as error:
        open_source(source, work, wanted)
    return str(error.value)


def left(tree: Tree, source: Path) -> list[str]:
    return [os.path.relpath(path, source) for path in tree.left_packed]


# Audio that is packed while its texts lie open


def test_shards_beside_open_metadata_are_unpacked(source: Path, work: Path) -> None:
    lay(source, {"test/metadata.jsonl": LINE, "test/a.wav": WAVE})
    shard(source / "data/train-00000-of-00001.parquet")
    open_source(source, work, hub.MESOLITICA)
    assert "data/train-00000-of-00001/000000.flac" in unpacked(work)


def test_a_shard_that_lies_unpacked_beside_is_not_again(source: Path, work: Path) -> None:
    lay(source, {"train-00000-of-00001/metadata.jsonl": LINE})
    shard(source / "train-00000-of-00001.parquet")
    tree = open_source(source, work, hub.MESOLITICA)
    assert not work.exists()
    assert left(tree, source) == ["train-00000-of-00001.parquet"]


def test_shards_beside_the_publishers_own_layout_are_left(source: Path, work: Path) -> None:
    put(source / "dev-clean.zip", packed_zip({"LibriSpeech/dev-clean/1/2/1-2.trans.txt": b""}))
    shard(source / "train-00000-of-00001.parquet")
    tree = open_source(source, work, librispeech.CORPUS)
    assert list(unpacked(work)) == ["LibriSpeech/dev-clean/1/2/1-2.trans.txt"]
    assert left(tree, source) == ["train-00000-of-00001.parquet"]


def test_an_archive_with_the_audio_of_open_tables_is_unpacked(source: Path, work: Path) -> None:
    lay(source / "ta", TABLES)
    put(source / "ta/clips.tar.gz", packed_tar({CLIP: WAVE}, "w:gz"))
    open_source(source, work, commonvoice.TA)
    assert unpacked(work) == {f"ta/{CLIP}": WAVE}


def test_an_archive_that_lies_extracted_is_left(source: Path, work: Path) -> None:
    lay(source / "cv-corpus-23.0/ta", {**TABLES, CLIP: WAVE})
    put(source / "cv-corpus-23.0-ta.tar.gz", b"is not read")
    tree = open_source(source, work, commonvoice.TA)
    assert not work.exists()
    assert left(tree, source) == ["cv-corpus-23.0-ta.tar.gz"]


def test_tables_of_another_language_do_not_stand_for_the_archive(source: Path, work: Path) -> None:
    swapped = {name: table.replace(b"\tta\n", b"\tsw\n") for name, table in TABLES.items()}
    lay(source / "sw", {**swapped, CLIP: WAVE})
    tables = {f"cv-corpus-23.0/ta/{name}": table for name, table in TABLES.items()}
    put(source / "cv-corpus-23.0-ta.tar.gz", packed_tar(tables, "w:gz"))
    open_source(source, work, commonvoice.TA)
    assert unpacked(work) == tables


def test_where_audio_may_be_missing_some_of_it_is_enough(source: Path, work: Path) -> None:
    put(source / "content.txt", b"")
    put(source / "data.zip", b"is not read")
    half = [Entry("1", "downloads/content.txt", ""), Entry("2", "downloads/none.wav", "")]
    open_all(source, work, "(?!)", "content.txt", read=lambda tree: iter(half), gaps=True)
    assert not work.exists()


def test_a_folder_called_as_downloads_are_is_a_folder(source: Path, work: Path) -> None:
    put(source / "new.tmp/data.zip", packed_zip({"x/text.txt": b""}))
    assert open_all(source, work).left_packed == ()
    assert list(unpacked(work)) == ["new.tmp/x/text.txt"]


# By name


@pytest.mark.parametrize("name", ["wanted.zip", "WANTED.zip", "wanted (1).zip", "wanted(2).zip"])
def test_of_all_archives_those_of_the_corpus_are_unpacked(
    source: Path, work: Path, name: str
) -> None:
    put(source / name, packed_zip({"x/label.txt": b""}))
    put(source / "holiday.zip", b"is not read")
    tree = open_all(source, work, "(?!)", whole=named("wanted"))
    assert list(unpacked(work)) == ["x/label.txt"]
    assert left(tree, source) == ["holiday.zip"]


def test_where_no_name_fits_all_are_unpacked(source: Path, work: Path) -> None:
    put(source / "renamed.zip", packed_zip({"x/label.txt": b""}))
    open_all(source, work, "(?!)", whole=named("wanted"))
    assert list(unpacked(work)) == ["x/label.txt"]


def test_a_second_download_is_a_piece_too(source: Path, work: Path) -> None:
    put(source / "train-clean-100 (1).zip", packed_zip({"a.txt": b""}))
    open_all(source, work, "train-clean-100")
    assert list(unpacked(work)) == ["train-clean-100/a.txt"]


def test_a_second_download_beside_the_first_is_left(source: Path, work: Path) -> None:
    for name in ("train-00000-of-00001.parquet", "train-00000-of-00001 (1).parquet"):
        shard(source / name)
    tree = open_source(source, work, hub.MESOLITICA)
    assert len(unpacked(work)) == 2
    assert left(tree, source) == ["train-00000-of-00001 (1).parquet"]


# Sets of shards


def test_missing_shards_are_named_before_anything_is_unpacked(source: Path, work: Path) -> None:
    for number in (0, 3):
        shard(source / f"data/train-0000{number}-of-00004.parquet")
    message = refusal(source, work, hub.MESOLITICA)
    missing = "downloads/data/train-00001-of-00004, downloads/data/train-00002-of-00004"
    assert f"of 4 shards these are missing: {missing};" in message
    assert not work.exists()


def test_a_set_may_be_in_part_unpacked(source: Path, work: Path) -> None:
    lay(source, {"train-00000-of-00002/metadata.jsonl": LINE})
    shard(source / "train-00001-of-00002.parquet")
    open_source(source, work, hub.MESOLITICA)
    assert "train-00001-of-00002/000000.flac" in unpacked(work)


def test_one_shard_of_several_is_no_source(source: Path, work: Path) -> None:
    message = refusal(shard(source / "a-00001-of-00002.parquet"), work, hub.MESOLITICA)
    assert "of 2 shards these are missing: a-00000-of-00002; " in message


# Unfinished downloads


@pytest.mark.parametrize("suffix", ["part", "partial", "crdownload", "incomplete", "tmp", "TMP"])
def test_an_unfinished_piece_is_refused(source: Path, work: Path, suffix: str) -> None:
    put(source / "dev-clean.zip", packed_zip({"LibriSpeech/dev-clean/1/2/1-2.trans.txt": b""}))
    put(source / f"test-clean.tar.gz.{suffix}", b"")
    message = refusal(source, work, librispeech.CORPUS)
    assert message.startswith(f"downloads/test-clean.tar.gz.{suffix} is an unfinished download")


@pytest.mark.parametrize(
    "name", ["film.mkv.part", "other.zip.part", "song.mp3.tmp", "x.zip.download/x.zip"]
)
def test_an_unfinished_download_of_something_else_is_passed_over(
    source: Path, work: Path, name: str
) -> None:
    put(source / "dev-clean.zip", packed_zip({"LibriSpeech/dev-clean/1/2/1-2.trans.txt": b""}))
    put(source / name, b"")
    tree = open_source(source, work, librispeech.CORPUS)
    assert left(tree, source) == [name]


def test_an_unfinished_recording_of_the_corpus_is_refused(source: Path, work: Path) -> None:
    lay(source / "cv/ta", {**TABLES, f"{CLIP}.part": b""})
    message = refusal(source, work, commonvoice.TA)
    assert message.startswith(f"downloads/cv/ta/{CLIP}.part is an unfinished download")


def test_an_unfinished_table_of_the_corpus_is_refused(source: Path, work: Path) -> None:
    lay(source / "ta", {"train.tsv": TABLE, "validated.tsv.crdownload": b""})
    assert "validated.tsv.crdownload is an" in refusal(source, work, commonvoice.TA)
