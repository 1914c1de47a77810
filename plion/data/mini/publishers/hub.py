"""A Hugging Face data set: parquet shards with embedded audio files."""

import io
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
from pyarrow import parquet

from plion.data.mini.publishers.encoding import flac
from plion.data.mini.publishers.publication import File
from plion.data.mini.speech.corpora import MiniCorpus
from plion.data.mini.speech.espeak import SAMPLE_RATE
from plion.data.mini.speech.spoken import Spoken

_PARTS = {"train": "train", "valid": "validation", "test": "test"}
_ROWS = 100  # per shard
_SCHEMA = pa.schema(
    {
        "audio": pa.struct({"bytes": pa.binary(), "path": pa.string()}),
        "text": pa.string(),
        "duration": pa.float64(),
        "speaker": pa.string(),
    }
)


def publish(corpus: MiniCorpus, spoken: Iterable[Spoken]) -> Iterator[File]:
    """`data/{train,validation,test}-XXXXX-of-XXXXX.parquet`."""
    utterances = list(spoken)
    for split in corpus.sizes:
        own = [one for one in utterances if one.split == split]
        shards = [own[start : start + _ROWS] for start in range(0, len(own), _ROWS)]
        for number, shard in enumerate(shards):
            name = f"{_PARTS[split]}-{number:05d}-of-{len(shards):05d}.parquet"
            yield f"data/{name}", _parquet(shard)


def _parquet(utterances: Sequence[Spoken]) -> bytes:
    rows = [
        {
            "audio": {"bytes": flac(one.wave), "path": f"{one.number:06d}.flac"},
            "text": one.text,
            "duration": len(one.wave) / SAMPLE_RATE,
            "speaker": one.speaker.name,
        }
        for one in utterances
    ]
    file = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(rows, schema=_SCHEMA), file)
    return file.getvalue()
