"""Shards with embedded audio, as Hugging Face datasets have them, as files.

A shard, of parquet or of Arrow, becomes a folder: the recordings, byte for byte as they were
embedded, and beside them `metadata.jsonl` with the other columns (the hub's AudioFolder shape).
Classes have their names there, and samples that no file held become a WAV.
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
NONE = ".none"  # suffix of a recording that a row has not: no such file is there
COLUMNS = ("audio", "context")  # the second in sets of questions about audio


def unpack_shard(
    path: Path,
    draft: Draft,
    find: Callable[[str], str | None],
    progress: Callable[[int], object],
) -> None:
    """Write a shard's recordings and the rest of its columns to a draft.

    `progress` is told of every so many bytes of the shard that are done with. `find` tells, for
    a row that names a file and holds none, the file's name as the metadata should have it, None
    if it is not there. A row that has neither names a file in the metadata that is not there, so
    that it is counted as one without audio. Raises InputError for what is no such file or damaged,
    without a column of audio, or for a row whose file is not there.
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
    """The recording and the other columns of each row; samples stay as Arrow has them."""
    others = batch.drop_columns([audio])
    rows = others.to_pylist() if others.num_columns else ({} for _ in range(len(batch)))
    yield from zip(batch.column(audio), rows, strict=True)


def _label(value: Any, names: Sequence[str] | None) -> Any:
    """The name of a class by its number; None for a number without one, as datasets have it."""
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
            f"{archive} is no {tables.kind(archive)} file or damaged ({first_line(error)}): "
            "an unfinished download? Fetch it again"
        ) from error


def _audio_column(archive: str, schema: pa.Schema) -> str:
    """The column of audio: one of the usual name, else the only one."""
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
    """The recording's name as the metadata should have it, once it is written or found."""
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
        raise InputError(f"{draft.archive}: row {number} holds no audio and {missing}")
    return found


def _suffix(content: bytes, path: str | None) -> str:
    """By the first bytes; where several suffixes have these, and for what is unknown, by the row.

    `.bin` for what nobody could decode.
    """
    found = suffix(content[:START])
    if found in CONTAINERS:
        return found
    own = PurePosixPath(path or "").suffix.lower()
    return own if own in AUDIO else found or ".bin"


def _plain(value: Any) -> Any:
    """As JSON has it: what is not a number is null, a time is its text."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | None) else str(value)
