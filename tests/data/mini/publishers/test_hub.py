"""Parquet shards with audio inside."""

import io

import pytest
from by_hand import publish, sound
from pyarrow import parquet

from plion.data.mini.publishers import hub


def test_parts_are_shards_whose_names_count_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "_ROWS", 2)
    assert [name for name, _ in publish("mesolitica")] == [
        "data/train-00000-of-00002.parquet",
        "data/train-00001-of-00002.parquet",
        "data/validation-00000-of-00001.parquet",
        "data/test-00000-of-00001.parquet",
    ]


def test_a_row_has_the_file_its_text_and_its_length() -> None:
    shard = dict(publish("mesolitica"))["data/validation-00000-of-00001.parquet"]
    (row,) = parquet.read_table(io.BytesIO(shard)).to_pylist()
    assert sound(row.pop("audio")["bytes"]) == ("FLAC", "PCM_16", 16_000, 0.32)
    assert row == {"text": "Esok bunga.", "duration": 0.32, "speaker": "man"}
