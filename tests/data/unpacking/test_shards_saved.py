"""Datasets saved in Arrow files (`save_to_disk`) are unpacked as shards are."""

from pathlib import Path

import pyarrow as pa
import pytest
from packing import open_all, refusal, rows

from plion.data.unpacking import draft, shards

FLAC, OGG, TAGGED, MPEG = b"fLaC-1", b"OggS-2", b"ID3-3", b"\xff\xfb-4"
WAVE = b"RIFF\x10\0\0\0WAVEfmt "
AUDIO = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def arrow(path: Path, count: int, part: str = "") -> Path:
    """A shard as `save_to_disk` writes it: a stream of Arrow's, in batches."""
    column = pa.array([{"bytes": FLAC, "path": None}] * count, AUDIO)
    table = pa.table({"audio": column, "text": [f"{part}{n}" for n in range(count)]})
    path.parent.mkdir(parents=True, exist_ok=True)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=17)
    return path


def test_a_saved_dataset_is_unpacked_without_its_caches(source: Path, work: Path) -> None:
    (source / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    arrow(source / "train/data-00000-of-00002.arrow", 40)
    arrow(source / "train/data-00001-of-00002.arrow", 1)
    arrow(source / "test/data-00000-of-00001.arrow", 2, "t")
    arrow(source / "test/cache-0123456789abcdef.arrow", 2, "stale")
    (source / "train/state.json").write_text("{}")
    open_all(source, work, "", "metadata.jsonl")
    first = rows(work / "train/data-00000-of-00002/metadata.jsonl")
    assert [row["text"] for row in first] == [f"{n}" for n in range(40)]
    assert first[39]["file_name"] == "000039.flac"
    assert [row["text"] for row in rows(work / "test/data-00000-of-00001/metadata.jsonl")] == [
        "t0",
        "t1",
    ]
    assert not list(work.rglob("*stale*")) and not list(work.rglob("cache-*"))


@pytest.mark.parametrize("left", [0, 100, -8, -1])
def test_a_cut_arrow_file_is_refused(source: Path, work: Path, left: int) -> None:
    path = arrow(source / "train/data-00000-of-00001.arrow", 40)
    path.write_bytes(path.read_bytes()[:left])
    assert "data-00000-of-00001.arrow is truncated; download it again" in refusal(source, work)


def test_progress_through_an_arrow_file_ends_at_its_size(source: Path, tmp_path: Path) -> None:
    path, done = arrow(source / "a.arrow", 50), list[int]()
    target = draft.Draft(str(path), tmp_path, draft.Budget(path))
    shards.unpack_shard(path, target, lambda _: None, done.append)
    assert abs(sum(done) - path.stat().st_size) < path.stat().st_size // 10
    assert min(done) >= 0
