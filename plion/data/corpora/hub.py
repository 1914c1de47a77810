"""Hugging Face data sets: recordings with a metadata.jsonl or .csv beside them (AudioFolder).

Shards with embedded audio, parquet or Arrow (`save_to_disk`), are first unpacked to this layout, a
folder per shard:

    data/train-00000-of-00002/{metadata.jsonl,000000.flac,000001.flac}

A row has `file_name`, relative to its folder, and the data set's other columns.
"""

import csv
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from plion.data.corpora.corpus import Corpus, Entry, Omitted, Part
from plion.data.corpora.lines import Broken, broken, each, omitted
from plion.data.corpora.packed import refuse_incomplete
from plion.data.corpora.tree import Tree
from plion.errors import InputError
from plion.system.documents import parse_json

METADATA = "metadata.jsonl|metadata.csv"
PARTS: dict[str, Part] = {
    "train": "train",
    "validation": "valid",
    "valid": "valid",
    "val": "valid",
    "dev": "valid",
    "test": "test",
}
# Column names for transcripts and speakers; the first that exists counts.
TEXTS = ("text", "raw_transcription", "transcription", "sentence", "transcript", "answer")
SPEAKERS = ("speaker", "speaker_id", "client_id")

_PART = re.compile(rf"(?:^|[-_.])({'|'.join(PARTS)})(?=[-_.]|$)", re.IGNORECASE)


def read_hub(tree: Tree, texts: Sequence[str] = TEXTS) -> Iterator[Entry | Omitted]:
    """The utterances of every table; folder names give the part.

    `texts`: column names; the first that exists has the transcript. Ids are made from the path,
    since data sets rarely have any: `train-00000-of-00002-000000`. Part and id depend only on
    folders below the source, not on its own name. Raises InputError if a shard of a set is missing,
    and for a table without recordings.
    """
    tables = tree.glob(METADATA)
    refuse_incomplete(posixpath.dirname(path) for path in tables)
    for path in tables:
        folder = PurePosixPath(path).parent
        found = _csv(tree, path) if path.lower().endswith(".csv") else _json(tree, path)
        part = part_of(PurePosixPath(path))
        for row in each(found, partial(_entry, path=path, folder=folder, texts=texts)):
            yield replace(row, part=part) if isinstance(row, Omitted) else row


def serving(own: Corpus) -> Corpus:
    """The corpus `own` as a Hugging Face data set, with the parts that the data set has."""
    return replace(own, looks_for=(METADATA,), read=read_hub, parts=(), takes_all=True, hub=True)


def with_text(own: Corpus, column: str) -> Corpus:
    """A data set with its transcripts in `column`; raises InputError if it is not of the hub."""
    if not own.hub:
        raise InputError(
            f"--text-column is only for Hugging Face data sets, but this source of {own.key} has "
            "the publisher's own layout: omit it"
        )
    return replace(own, read=partial(read_hub, texts=(column,)))


Row = tuple[int, dict[str, Any]]


def _json(tree: Tree, path: str) -> Iterator[Row | Omitted]:
    for number, line in tree.lines(path):
        if line.strip():
            try:
                yield number, _row(path, number, line)
            except Broken as error:
                yield omitted(error)


def _csv(tree: Tree, path: str) -> Iterator[Row | Omitted]:
    """The rows below the header; a row over several lines has the number of its last line."""
    table = csv.DictReader((f"{line}\n" for _, line in tree.lines(path)), strict=True)
    try:
        if "file_name" not in (header := table.fieldnames or []):
            found = ", ".join(header) or "none"
            raise InputError(f"{path}: no column file_name with the recordings; found {found}")
        for row in table:
            number = table.line_num
            if None in row or None in row.values() or not _is_path(row["file_name"]):
                what = f"expected the {len(header)} fields of the header, file_name not empty"
                yield omitted(broken(path, number, what))
            else:
                yield number, {**row, "duration": _number(row.get("duration"))}
    except csv.Error as error:
        raise InputError(f"{path}: not CSV after line {table.line_num} ({error})") from error


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _row(path: str, number: int, line: str) -> dict[str, Any]:
    try:
        row = parse_json(line, "", Any)
    except InputError as error:
        raise broken(path, number, str(error)) from None
    if not isinstance(row, dict) or not _is_path(row.get("file_name")):
        raise broken(path, number, "expected an object with the path of a recording in file_name")
    return row


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and PurePosixPath(value).name != ""


def _entry(
    number: int, row: dict[str, Any], *, path: str, folder: PurePosixPath, texts: Sequence[str]
) -> Entry:
    column = next((name for name in texts if name in row), None)
    if column is None:
        found = ", ".join(name for name in row if name not in ("file_name", "duration")) or "none"
        known = f"known: {', '.join(texts)}; name another with --text-column"
        missing = f"no column '{texts[0]}'" if len(texts) == 1 else "no column of text"
        what = f"{missing}: found {found}" + (f"; {known}" if len(texts) > 1 else "")
        raise broken(path, number, what)
    text = "" if row[column] is None else row[column]
    if not isinstance(text, str):
        raise broken(path, number, f"{column} is not text")
    audio = folder / row["file_name"]
    at, part = _part(audio, max(len(folder.parts) - 1, 1))
    written = column == "raw_transcription"  # FLEURS, whose column `id` is the sentence's
    return Entry(
        id="-".join(audio.with_suffix("").parts[at:]),
        audio=str(audio),
        text=text,
        part=part,
        speaker=next((_name(row, column) for column in SPEAKERS if _name(row, column)), None),
        sentence=_name(row, "sentence_id") or (_name(row, "id") if written else None),
        text_alt=_name(row, "transcription") if written else None,
        duration=_seconds(row.get("duration")),
    )


def _part(audio: PurePosixPath, default: int) -> tuple[int, Part | None]:
    """The index of the innermost folder whose name gives a part, and that part.

    Ignores the first folder, the source itself. Without any, `default` and None.
    """
    for at in range(len(audio.parts) - 2, 0, -1):
        match = _PART.search(audio.parts[at])
        if match:
            return at, PARTS[match[1].lower()]
    return default, None


def part_of(table: PurePosixPath) -> Part | None:
    """The part by a table's own name, else by the innermost folder that names one; or None."""
    return _part(table.with_suffix("") / "any", 0)[1]


def _name(row: dict[str, Any], column: str) -> str | None:
    value = row.get(column)
    return None if value is None or value == "" else str(value)


def _seconds(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        return None
    return float(value)


MESOLITICA = Corpus("mesolitica", "ms", (METADATA,), read_hub, hub=True)
