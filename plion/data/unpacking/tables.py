"""Read tables of Hugging Face data sets: parquet, or Arrow as written by `save_to_disk`."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from plion.errors import InputError

ROWS = 16  # of a batch: recordings of half a minute are a megabyte each
BUFFER = 1 << 20

_END = b"\xff\xff\xff\xff\0\0\0\0"  # end marker of a complete Arrow stream


@dataclass
class Table:
    """A table that is read once, sequentially.

    `batches`: yields the given columns, 16 rows at a time. `done`: bytes of the file processed
    since the last call, given the number of rows processed.
    """

    schema: pa.Schema
    batches: Callable[[Sequence[str]], Iterator[pa.RecordBatch]]
    _place: Callable[[int], int]  # in the file, by the rows
    _told: int = 0

    def done(self, rows: int) -> int:
        place = self._place(rows)
        since, self._told = place - self._told, place
        return since


def kind(name: str) -> str:
    """The format of a file by its name, for messages."""
    return "Arrow" if name.lower().endswith(".arrow") else "parquet"


@contextmanager
def opened(path: Path, name: str) -> Iterator[Table]:
    """Open a file as a table; `name`: for messages.

    Raises pyarrow's exceptions, and InputError for a truncated Arrow file.
    """
    size = path.stat().st_size
    if kind(path.name) == "parquet":
        # With read-ahead (pre_buffer) all row groups read would stay in memory.
        with pq.ParquetFile(path, buffer_size=BUFFER, pre_buffer=False) as shard:

            def batches(columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
                yield from shard.iter_batches(ROWS, columns=list(columns), use_threads=False)

            count = shard.metadata.num_rows
            yield Table(shard.schema_arrow, batches, lambda rows: size * rows // count)
    else:
        with path.open("rb") as file:
            file.seek(max(0, size - len(_END)))
            if file.read() != _END:
                raise InputError(f"{name} is truncated; download it again")
        with pa.memory_map(str(path)) as mapped, pa.ipc.open_stream(mapped) as stream:

            def slices(columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
                for batch in stream:
                    for start in range(0, len(batch), ROWS):
                        yield batch.select(list(columns)).slice(start, ROWS)

            yield Table(stream.schema, slices, lambda _: int(mapped.tell()))


def labels(schema: pa.Schema) -> dict[str, list[str]]:
    """The class names of each column of type `ClassLabel`, which holds their numbers."""
    told = (schema.metadata or {}).get(b"huggingface")
    try:
        features = json.loads(told)["info"]["features"] if told else {}
        return {
            column: [str(name) for name in one["names"]]
            for column, one in features.items()
            if isinstance(one, dict) and one.get("_type") == "ClassLabel" and one.get("names")
        }
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
    ):  # metadata in another form than the library's
        return {}
