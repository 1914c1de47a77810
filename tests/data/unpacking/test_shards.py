"""Parquet shards with embedded audio: the recordings as they were, the columns beside them."""

import json
import math
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import soundfile
from packing import open_all, packed_zip, refusal, rows, unpacked

from plion.data.unpacking import draft, shards
from plion.errors import InputError

FLAC, OGG, TAGGED, MPEG = b"fLaC-1", b"OggS-2", b"ID3-3", b"\xff\xfb-4"
WAVE = b"RIFF\x10\0\0\0WAVEfmt "
AUDIO = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def shard(path: Path, recordings: list[Any], name: str = "audio", **columns: Any) -> Path:
    """A parquet file with a column of audio; a recording is bytes, (bytes, path) or None."""
    pairs = [item if isinstance(item, tuple | None) else (item, None) for item in recordings]
    column = [pair and dict(zip(("bytes", "path"), pair, strict=True)) for pair in pairs]
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({name: pa.array(column, AUDIO), **columns}), path)
    return path


def test_a_shard_becomes_a_folder_of_its_recordings_and_columns(source: Path, work: Path) -> None:
    shard(source / "data/train-00000-of-00001.parquet", [FLAC, WAVE], text=["ஒன்று", "two"])
    tree = open_all(source, work)
    files = unpacked(work)
    folder = "data/train-00000-of-00001"
    assert files.pop(f"{folder}/metadata.jsonl").decode() == (
        '{"text": "ஒன்று", "file_name": "000000.flac"}\n{"text": "two", "file_name": "000001.wav"}\n'
    )
    assert files == {f"{folder}/000000.flac": FLAC, f"{folder}/000001.wav": WAVE}
    assert tree.glob("metadata.jsonl") == [f"downloads/{folder}/metadata.jsonl"]


def test_a_single_shard_is_a_source(source: Path, work: Path) -> None:
    tree = open_all(shard(source / "test.parquet", [FLAC], text=["one"]), work)
    assert tree.files == ["test/test/metadata.jsonl"]
    assert tree.path("test/test/000000.flac") == work / "test/000000.flac"


def test_shards_within_an_archive_are_unpacked_too(
    tmp_path: Path, source: Path, work: Path
) -> None:
    inner = shard(tmp_path / "inner.parquet", [FLAC], text=["one"]).read_bytes()
    (source / "set.zip").write_bytes(packed_zip({"data/test.parquet": inner}))
    open_all(source, work)
    assert sorted(unpacked(work)) == ["data/test/000000.flac", "data/test/metadata.jsonl"]


@pytest.mark.parametrize(
    ("content", "path", "suffix"),
    [
        (FLAC, "a.wav", ".flac"),
        (WAVE, None, ".wav"),
        (WAVE.replace(b"RIFF", b"RF64"), None, ".wav"),
        (OGG, None, ".ogg"),
        (TAGGED, None, ".mp3"),
        (MPEG, None, ".mp3"),
        (b"\0\0\0\x20ftypM4A ", "clips/a.M4A", ".m4a"),
        (b"\0\0\0\x20ftypM4A ", None, ".m4a"),
        (b"\x1aE\xdf\xa3" + bytes(12), "a.webm", ".webm"),
        (b"\xff\xf1\x60\x40", "a", ".aac"),
        (b"FORM\0\0\0\0AIFF", "a.wav", ".aiff"),
        (b"no audio", "a.txt", ".bin"),
        (b"", None, ".bin"),
    ],
)
def test_the_suffix_is_that_of_the_content(
    source: Path, work: Path, content: bytes, path: str | None, suffix: str
) -> None:
    open_all(shard(source / "a.parquet", [(content, path)]), work)
    assert rows(work / "a/metadata.jsonl") == [{"file_name": f"000000{suffix}"}]
    assert (work / f"a/000000{suffix}").read_bytes() == content


def test_the_column_may_be_called_context(source: Path, work: Path) -> None:
    open_all(shard(source / "a.parquet", [FLAC], name="context", answer=["one"]), work)
    assert rows(work / "a/metadata.jsonl") == [{"answer": "one", "file_name": "000000.flac"}]


def test_a_column_of_text_called_context_is_not_the_audio(source: Path, work: Path) -> None:
    open_all(shard(source / "a.parquet", [FLAC], context=["a meeting"]), work)
    assert rows(work / "a/metadata.jsonl")[0]["context"] == "a meeting"


def test_the_only_column_of_audio_may_have_any_name(source: Path, work: Path) -> None:
    open_all(shard(source / "a.parquet", [FLAC], name="recording", text=["one"]), work)
    assert rows(work / "a/metadata.jsonl") == [{"text": "one", "file_name": "000000.flac"}]


LABELS = {
    "info": {
        "features": {
            "word": {"names": ["satu", "dua"], "_type": "ClassLabel"},
            "count": {"dtype": "int64", "_type": "Value"},
        }
    }
}


def test_classes_are_named_and_numbers_stay(source: Path, work: Path) -> None:
    table = pa.table(
        {
            "audio": pa.array([{"bytes": FLAC, "path": None}] * 3, AUDIO),
            "word": [1, 0, -1],
            "count": [1, 0, -1],
        }
    )
    table = table.replace_schema_metadata({"huggingface": json.dumps(LABELS)})
    pq.write_table(table, source / "a.parquet")
    open_all(source, work)
    told = [(row["word"], row["count"]) for row in rows(work / "a/metadata.jsonl")]
    assert told == [("dua", 1), ("satu", 0), (None, -1)]


@pytest.mark.parametrize(
    ("samples", "kind", "subtype", "heard"),
    [
        ([0.5, -0.25], pa.list_(pa.float64()), "FLOAT", [0.5, -0.25]),
        ([0.5, -2.0], pa.list_(pa.float32()), "FLOAT", [0.5, -2.0]),
        ([16384, -8192], pa.list_(pa.int64()), "PCM_16", [0.5, -0.25]),
        ([[0.5, 0.25], [0.0, -0.5]], pa.list_(pa.list_(pa.float32())), "FLOAT", None),
    ],
)
def test_samples_and_a_rate_become_a_wav(
    source: Path, work: Path, samples: list[Any], kind: Any, subtype: str, heard: list[float] | None
) -> None:
    sound = pa.struct([("array", kind), ("path", pa.string()), ("sampling_rate", pa.int64())])
    row = {"array": samples, "path": "lost.mp3", "sampling_rate": 8_000}
    pq.write_table(pa.table({"audio": pa.array([row], sound), "text": ["a"]}), source / "a.parquet")
    open_all(source, work)
    assert rows(work / "a/metadata.jsonl") == [{"text": "a", "file_name": "000000.wav"}]
    written = soundfile.SoundFile(work / "a/000000.wav")
    assert (written.samplerate, written.subtype) == (8_000, subtype)
    assert written.read().T.tolist() == (heard or samples)


@pytest.mark.parametrize("rate", [0, None])
def test_samples_without_a_rate_are_refused(source: Path, work: Path, rate: int | None) -> None:
    row = [{"array": [0.5], "sampling_rate": rate}]
    kind = pa.struct([("array", pa.list_(pa.float32())), ("sampling_rate", pa.int32())])
    pq.write_table(pa.table({"audio": pa.array(row, kind)}), source / "a.parquet")
    assert f"a.parquet: row 0 has a sampling_rate of {rate}" in refusal(source, work)


def test_every_kind_of_scalar_is_kept(source: Path, work: Path) -> None:
    columns = {
        "words": pa.array([3], pa.int32()),
        "seconds": [1.5],
        "unknown": [math.nan],
        "none": pa.array([None], pa.string()),
        "clean": [True],
        "speaker": pa.array(["a"]).dictionary_encode(),
        "long": pa.array(["b"], pa.large_string()),
        "time": [datetime(2026, 1, 2, 3)],
        "file_name": ["theirs"],
        "list": pa.array([[1, 2]]),
        "raw": [b"bytes"],
        "struct": [{"a": 1}],
    }
    open_all(shard(source / "a.parquet", [FLAC], **columns), work)
    assert rows(work / "a/metadata.jsonl") == [
        {
            "words": 3,
            "seconds": 1.5,
            "unknown": None,
            "none": None,
            "clean": True,
            "speaker": "a",
            "long": "b",
            "time": "2026-01-02 03:00:00",
            "file_name": "000000.flac",
        }
    ]


@pytest.mark.parametrize("place", ["data/clips/a.wav", "clips/a.wav"])
def test_a_row_may_name_a_file_of_the_source(source: Path, work: Path, place: str) -> None:
    shard(source / "data/train.parquet", [(None, "clips/a.wav")], text=["one"])
    (source / place).parent.mkdir(parents=True)
    (source / place).write_bytes(WAVE)
    tree = open_all(source, work)
    name = rows(work / "data/train/metadata.jsonl")[0]["file_name"]
    assert tree.path(f"downloads/data/train/{name}") == source / place


@pytest.mark.parametrize(
    ("recording", "what"),
    [
        ((None, "gone.wav"), "names 'gone.wav', which is not in the source"),
        ((None, "../outside.wav"), "names '../outside.wav', which is not in the source"),
        ((None, "/etc/hostname"), "names '/etc/hostname', which is not in the source"),
    ],
)
def test_a_row_whose_recording_is_not_there_is_refused(
    source: Path, work: Path, recording: Any, what: str
) -> None:
    path = shard(source / "a.parquet", [FLAC, recording], text=["one", "two"])
    (source.parent / "outside.wav").write_bytes(WAVE)
    assert refusal(source, work) == f"{path}: row 1 has no audio and {what}"


def test_a_row_without_a_recording_names_a_file_that_is_not_there(source: Path, work: Path) -> None:
    shard(source / "a.parquet", [FLAC, (None, None), None], text=["one", "two", "three"])
    tree = open_all(source, work)
    names = [row["file_name"] for row in rows(work / "a/metadata.jsonl")]
    assert names == ["000000.flac", "000001.none", "000002.none"]
    assert [tree.path(f"downloads/a/{name}") is None for name in names] == [False, True, True]


def test_a_shard_without_audio_is_refused_with_its_columns(source: Path, work: Path) -> None:
    pq.write_table(pa.table({"audio": ["a.mp3"], "text": ["one"]}), source / "index.parquet")
    message = refusal(source, work)
    assert "index.parquet has no column 'audio' or 'context' of embedded audio" in message
    assert "its columns are audio (string), text (string)" in message


@pytest.mark.parametrize("share", [0, 0.3, 0.99])
def test_a_cut_shard_is_refused(source: Path, work: Path, share: float) -> None:
    path = shard(source / "a.parquet", [FLAC * 1000] * 50)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    message = refusal(source, work)
    assert "a.parquet is damaged or not a parquet file" in message
    assert "download it again" in message


def test_a_shard_whose_pages_are_overwritten_leaves_nothing(source: Path, work: Path) -> None:
    path = shard(source / "a.parquet", [bytes([n]) * 5000 for n in range(100)])
    content = bytearray(path.read_bytes())
    content[4:400] = b"\xff" * 396
    path.write_bytes(bytes(content))
    assert "a.parquet is damaged or not a parquet file" in refusal(source, work)


def test_a_shard_that_unpacks_to_too_much_is_refused(
    source: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draft, "FREE", 1 << 20)
    shard(source / "a.parquet", [bytes(1 << 20)] * 4)
    assert "a.parquet unpacks to more than" in refusal(source, work)


def test_shards_of_a_corpus_that_lies_open_are_left_alone(source: Path, work: Path) -> None:
    shard(source / "a.parquet", [FLAC])
    (source / "content.txt").write_text("")
    open_all(source, work, r"(?!)", "content.txt")
    assert not work.exists()


def test_memory_does_not_grow_with_the_row_groups(source: Path, tmp_path: Path) -> None:
    table = pa.table({"audio": pa.array([{"bytes": bytes(1 << 18), "path": None}] * 4, AUDIO)})
    path = source / "a.parquet"
    with pq.ParquetWriter(path, table.schema, compression="none", use_dictionary=False) as writer:
        for _ in range(60):
            writer.write_table(table)
    held: list[int] = []
    target = draft.Draft(str(path), tmp_path, draft.Budget(path))
    before = pa.total_allocated_bytes()
    shards.unpack_shard(
        path, target, lambda _: None, lambda _: held.append(pa.total_allocated_bytes() - before)
    )
    assert len(held) == 240
    assert max(held) < 15 << 20  # of 60


def test_progress_ends_at_the_size_of_the_shard(source: Path, tmp_path: Path) -> None:
    path = shard(source / "a.parquet", [FLAC] * 7)
    done: list[int] = []
    target = draft.Draft(str(path), tmp_path, draft.Budget(path))
    shards.unpack_shard(path, target, lambda _: None, done.append)
    assert sum(done) == path.stat().st_size
    assert len(list(tmp_path.glob("*.flac"))) == 7


def test_what_is_no_parquet_file_is_refused(source: Path, work: Path) -> None:
    (source / "a.parquet").write_text("version https://git-lfs.github.com/spec/v1")
    with pytest.raises(InputError, match="damaged or not a parquet file"):
        open_all(source, work)
