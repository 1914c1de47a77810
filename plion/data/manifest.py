"""Manifests: JSON lines, one utterance a line, held as columns.

    id        unique in the file              offset    seconds into the audio file
    audio     relative to the manifest, or    speaker
              absolute                        block     what the bootstrap resamples: speaker,
    text      verbatim transcript                       else sentence id
    language  en zh ta ms                     sentence  id of the sentence read, where it recurs
    dataset   the benchmark's key             text_alt  the publisher's other rendering
    duration  seconds

The left half is required. Fields of other names are kept in `extra`.
"""

import hashlib
import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plion.errors import InputError
from plion.languages import language
from plion.runs import replacing

REQUIRED = ("id", "audio", "text", "language", "dataset", "duration")
OPTIONAL = ("offset", "speaker", "block", "sentence", "text_alt")
_NUMBERS = ("duration", "offset")


@dataclass(frozen=True)
class Utterance:
    """One line of a manifest; `audio` is absolute, `duration` and `offset` are seconds."""

    id: str
    audio: str
    text: str
    language: str
    dataset: str
    duration: float
    offset: float = 0.0
    speaker: str | None = None
    block: str | None = None
    sentence: str | None = None
    text_alt: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


class Manifest:
    """The utterances of a file in its order: `len(m)`, `m[i]`, iteration, and whole columns.

    `columns` holds a list per field (None where an optional field is absent) and `extra`;
    `durations` are seconds as float64, shape (utterances,); `sha256` is the file's.
    """

    def __init__(self, path: Path, columns: dict[str, list[Any]], sha256: str) -> None:
        self.path = path
        self.columns = columns
        self.sha256 = sha256
        self.durations: NDArray[np.float64] = np.array(columns["duration"], dtype=np.float64)

    def __len__(self) -> int:
        return len(self.columns["id"])

    def __getitem__(self, number: int) -> Utterance:
        return Utterance(**{name: column[number] for name, column in self.columns.items()})

    def __iter__(self) -> Iterator[Utterance]:
        return (self[number] for number in range(len(self)))

    @property
    def hours(self) -> float:
        return float(self.durations.sum()) / 3600


def read_manifest(path: str | Path) -> Manifest:
    """The manifest in a file.

    Raises InputError with file and line for text that is not JSON, a field that is lacking or of
    the wrong type, an unknown language, and an id seen before.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"manifest {path} cannot be read: {error.strerror}") from error
    folder = str(path.parent.absolute())
    columns: dict[str, list[Any]] = {name: [] for name in (*REQUIRED, *OPTIONAL, "extra")}
    lines: dict[str, int] = {}
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            row = _checked(line)
        except InputError as error:
            raise InputError(f"{path}:{number}: {error}") from error
        if row["id"] in lines:
            raise InputError(
                f"{path}:{number}: id '{row['id']}' is that of line {lines[row['id']]}"
            )
        lines[row["id"]] = number
        row["audio"] = os.path.normpath(os.path.join(folder, row["audio"]))
        for name, column in columns.items():
            column.append(row[name])
    return Manifest(path, columns, hashlib.sha256(content).hexdigest())


def write_manifest(path: str | Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as they are, one JSON object a line; a reader finds the whole file or none."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as draft, draft.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _checked(line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise InputError(f"not JSON ({error})") from error
    if not isinstance(row, dict):
        raise InputError("not a JSON object")
    known: dict[str, Any] = {"offset": 0.0, **dict.fromkeys(OPTIONAL[1:])}
    for name in REQUIRED:
        if name not in row:
            raise InputError(f"the field '{name}' is lacking")
    for name in (*REQUIRED, *OPTIONAL):
        if row.get(name) is not None or name in REQUIRED:
            known[name] = _number(name, row[name]) if name in _NUMBERS else _text(name, row[name])
    if known["duration"] == 0:
        raise InputError("duration must be above 0 seconds")
    language(known["language"])
    return {**known, "extra": {key: row[key] for key in row if key not in known}}


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InputError(f"{name} must be text, not {value!r}")
    return value


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise InputError(f"{name} must be a number of seconds, not {value!r}")
    return float(value)
