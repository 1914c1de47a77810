"""Parquet shards with embedded audio, as Hugging Face datasets have them, as files.

A shard becomes a folder: the recordings, byte for byte as they were embedded, and beside them
`metadata.jsonl` with the other columns (the hub's AudioFolder shape).
"""

import json
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from plion.data.suffixes import AUDIO
from plion.data.unpacking.draft import Draft
from plion.errors import InputError, first_line

METADATA = "metadata.jsonl"
COLUMNS = ("audio", "context")  # the second in sets of questions about audio
ROWS = 16  # of a batch: recordings of half a minute are a megabyte each
BUFFER = 1 << 20


def unpack_shard(
    path: Path,
    draft: Draft,
    find: Callable[[str], str | None],
    progress: Callable[[int], object],
) -> None:
    """Write a shard's recordings and the rest of its columns to a draft.

    `progress` is told of every so many bytes of the shard that are done with. `find` tells, for
    a row that names a file and holds none, the file's name as the metadata should have it, None
    if it is not there. Raises InputError for what is no parquet file or damaged, without a column
    of audio, or for a row without a recording.
    """
    with (
        _damage_told(draft.archive),
        # Read ahead, the row groups that were read would all stay in memory.
        pq.ParquetFile(path, buffer_size=BUFFER, pre_buffer=False) as shard,
    ):
        audio = _audio_column(draft.archive, shard.schema_arrow)
        others = [field.name for field in shard.schema_arrow if _is_scalar(field.type)]
        batches = shard.iter_batches(ROWS, columns=[audio, *others], use_threads=False)
        size, rows = path.stat().st_size, shard.metadata.num_rows
        with (draft.folder / METADATA).open("wb") as metadata:
            for number, row in enumerate(row for batch in batches for row in batch.to_pylist()):
                name = _recording(draft, number, row.pop(audio) or {}, find)
                row = {**{key: _plain(row[key]) for key in row}, "file_name": name}
                line = json.dumps(row, ensure_ascii=False) + "\n"
                draft.take(metadata.write(line.encode()))
                progress(size * (number + 1) // rows - size * number // rows)


@contextmanager
def _damage_told(archive: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise InputError(
            f"{archive} is no parquet file or damaged ({first_line(error)}): "
            "an unfinished download? Fetch it again"
        ) from error


def _audio_column(archive: str, schema: pa.Schema) -> str:
    for name in COLUMNS:
        if name in schema.names and _is_audio(schema.field(name).type):
            return name
    found = ", ".join(f"{field.name} ({str(field.type)[:40]})" for field in schema)
    raise InputError(
        f"{archive} has no column '{COLUMNS[0]}' or '{COLUMNS[1]}' of embedded audio (bytes, path)"
        f"; its columns are {found or 'none'}"
    )


def _is_audio(kind: pa.DataType) -> bool:
    return bool(pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0)


def _is_scalar(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    binary = pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
    return not (pa.types.is_nested(kind) or binary or pa.types.is_null(kind))


def _recording(
    draft: Draft, number: int, audio: dict[str, Any], find: Callable[[str], str | None]
) -> str:
    """The recording's name as the metadata should have it, once it is written or found."""
    content, path = audio.get("bytes"), audio.get("path")
    if content is not None:
        name = f"{number:06}{_suffix(content, path)}"
        draft.add(name, len(content), BytesIO(content))
        return name
    found = find(path) if path else None
    if found is None:
        missing = f"names {path!r}, which is not in the source" if path else "names no file"
        raise InputError(f"{draft.archive}: row {number} holds no audio and {missing}")
    return found


def _suffix(content: bytes, path: str | None) -> str:
    """By the first bytes; else as the row says; `.bin` for what nobody could decode."""
    if content.startswith(b"fLaC"):
        return ".flac"
    if content.startswith((b"RIFF", b"RF64", b"RIFX")) and content[8:12] == b"WAVE":
        return ".wav"
    if content.startswith(b"OggS"):
        return ".ogg"
    if content.startswith(b"ID3") or (content[:1] == b"\xff" and content[1:2] >= b"\xe0"):
        return ".mp3"
    suffix = PurePosixPath(path or "").suffix.lower()
    return suffix if suffix in AUDIO else ".bin"


def _plain(value: Any) -> Any:
    """As JSON has it: what is not a number is null, a time is its text."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | None) else str(value)
