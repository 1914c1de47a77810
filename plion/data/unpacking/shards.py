"""Unpack shards of Hugging Face data sets (parquet or Arrow) with embedded audio.

A shard becomes a folder in AudioFolder layout: the recordings, byte for byte as embedded, and
`metadata.jsonl` with the other columns. Class labels are written as names; samples embedded as
arrays become WAV files.
"""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa

from plion.data.audio.suffixes import AUDIO, CONTAINERS, START, suffix
from plion.data.unpacking import tables, waves
from plion.data.unpacking.draft import Draft
from plion.errors import InputError, first_line

METADATA = "metadata.jsonl"
NONE = ".none"  # suffix of a file name for a row without a recording; no such file exists
COLUMNS = ("audio", "context")  # the second in data sets of questions about audio


def unpack_shard(
    path: Path,
    draft: Draft,
    find: Callable[[str], str | None],
    progress: Callable[[int], object],
) -> None:
    """Write a shard's recordings and the rest of its columns to a draft.

    `progress` is called with numbers of bytes of the shard that were processed. `find`: for a row
    that names a file instead of embedding it, the file name for the metadata, or None if it does
    not exist. A row with neither gets the name of a file that does not exist, so that it counts as
    one without audio. Raises InputError for a file that is damaged or not a shard, that has no
    audio column, or with a row whose file does not exist.
    """
    with _damage_told(draft.archive), tables.opened(path, draft.archive) as table:
        audio = _audio_column(draft.archive, table.schema)
        others = [field.name for field in table.schema if _is_scalar(field.type)]
        labels = tables.labels(table.schema)
        with (draft.folder / METADATA).open("wb") as metadata:
            rows = (row for batch in table.batches([audio, *others]) for row in _rows(batch, audio))
            for number, (cell, row) in enumerate(rows):
                name = _recording(draft, number, cell, find)
                named = {key: _plain(_label(row[key], labels.get(key))) for key in row}
                line = json.dumps({**named, "file_name": name}, ensure_ascii=False) + "\n"
                draft.take(metadata.write(line.encode()))
                progress(table.done(number + 1))


def _rows(batch: pa.RecordBatch, audio: str) -> Iterator[tuple[pa.StructScalar, dict[str, Any]]]:
    """The recording, as an Arrow scalar, and the other columns of each row."""
    others = batch.drop_columns([audio])
    rows = others.to_pylist() if others.num_columns else ({} for _ in range(len(batch)))
    yield from zip(batch.column(audio), rows, strict=True)


def _label(value: Any, names: Sequence[str] | None) -> Any:
    """The name of a class by its number; None for a number without a name (an unknown label)."""
    if names is None or not isinstance(value, int):
        return value
    return names[value] if 0 <= value < len(names) else None


@contextmanager
def _damage_told(archive: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise InputError(
            f"{archive} is damaged or not a {tables.kind(archive)} file ({first_line(error)}); "
            "download it again"
        ) from error


def _audio_column(archive: str, schema: pa.Schema) -> str:
    """The audio column: one of COLUMNS, else the only one; raises InputError if there is none."""
    audio = [field.name for field in schema if _is_audio(field.type)]
    named = [name for name in COLUMNS if name in audio]
    if named or len(audio) == 1:
        return (named or audio)[0]
    found = ", ".join(f"{field.name} ({str(field.type)[:40]})" for field in schema)
    raise InputError(
        f"{archive} has no column '{COLUMNS[0]}' or '{COLUMNS[1]}' of embedded audio (bytes and "
        f"path, or array and sampling_rate); its columns are {found or 'none'}"
    )


def _is_audio(kind: pa.DataType) -> bool:
    if not pa.types.is_struct(kind):
        return False
    fields = {kind.field(number).name for number in range(kind.num_fields)}
    return "bytes" in fields or {"array", "sampling_rate"} <= fields


def _is_scalar(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    binary = pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
    return not (pa.types.is_nested(kind) or binary or pa.types.is_null(kind))


def _recording(
    draft: Draft, number: int, cell: pa.StructScalar, find: Callable[[str], str | None]
) -> str:
    """Write or find a row's recording; return its name for the metadata."""
    held = {key: cell[key] for key in cell} if cell.is_valid else {}
    content, path = (held[key].as_py() if key in held else None for key in ("bytes", "path"))
    if content is None and "array" in held and held["array"].is_valid:
        rate = held["sampling_rate"].as_py()
        content, path = (
            waves.as_wav(held["array"].values, rate, f"{draft.archive}: row {number}"),
            None,
        )
    if content is not None:
        name = f"{number:06}{_suffix(content, path)}"
        draft.add(name, len(content), BytesIO(content))
        return name
    if not path:
        return f"{number:06}{NONE}"
    found = find(path)
    if found is None:
        missing = f"names {path!r}, which is not in the source"
        raise InputError(f"{draft.archive}: row {number} has no audio and {missing}")
    return found


def _suffix(content: bytes, path: str | None) -> str:
    """The suffix for a recording by its first bytes; if these are ambiguous or unknown, by the row.

    `.bin` for content that cannot be decoded.
    """
    found = suffix(content[:START])
    if found in CONTAINERS:
        return found
    own = PurePosixPath(path or "").suffix.lower()
    return own if own in AUDIO else found or ".bin"


def _plain(value: Any) -> Any:
    """A value that JSON can hold: None for NaN and infinity, text for times and the like."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | None) else str(value)
