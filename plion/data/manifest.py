"""Manifests: JSON lines, one utterance a line, which stay in their file until they are asked for.

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
import os
from array import array
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from plion.data.utterance import Utterance, fields
from plion.errors import InputError
from plion.system.documents import opened
from plion.system.files import replacing, sha256
from plion.text.tags import report_tags

# Lines that are read together: where each begins would be 8 bytes a line to keep and to send.
_BLOCK = 32

_Stamp = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Manifest:
    """The utterances of a file in its order: `len(m)`, `m[i]`, iteration, and whole columns.

    `sha256` is the file's; `kinds` has the number of the first row of each (dataset, language).
    Of a million rows it holds ten megabytes, and passes a quarter of one to another process: rows
    are read from the file each time. That raises InputError once the file is gone or has changed.
    """

    path: Path
    sha256: str
    kinds: Mapping[tuple[str, str], int]
    _rows: int
    _stamp: _Stamp
    _file: str  # the path from the root on
    _starts: NDArray[np.int64]  # the byte where each block of lines begins, and the file's end

    def __len__(self) -> int:
        return self._rows

    def __getitem__(self, number: int) -> Utterance:
        block, line = divmod(range(self._rows)[number], _BLOCK)
        return self._utterance(self._lines(block)[line])

    def __iter__(self) -> Iterator[Utterance]:
        for block in range(len(self._starts) - 1):
            yield from map(self._utterance, self._lines(block))

    def __getstate__(self) -> dict[str, Any]:
        """Without the durations, the largest part: loaders' workers do not need them."""
        return {key: value for key, value in vars(self).items() if key != "durations"}

    @cached_property
    def durations(self) -> NDArray[np.float64]:
        """Seconds, shape (utterances,)."""
        return np.fromiter(self.column("duration"), np.float64, len(self))

    @property
    def hours(self) -> float:
        return float(self.durations.sum()) / 3600

    def column(self, name: str) -> Iterator[Any]:
        """One field of every utterance, in order."""
        return (getattr(utterance, name) for utterance in self)

    def _utterance(self, line: bytes) -> Utterance:
        row = fields(line)
        folder = os.path.dirname(self._file)
        row["audio"] = os.path.normpath(os.path.join(folder, row["audio"]))
        return Utterance(**row)

    def _look_again(self, stamp: _Stamp) -> None:
        """Goes on with a file that was only touched, or written anew with the same content."""
        if sha256(self._file) != self.sha256:
            raise _changed(self.path)
        object.__setattr__(self, "_stamp", stamp)

    def _lines(self, block: int) -> list[bytes]:
        start, end = self._starts[block : block + 2].tolist()
        with _readable(self.path), open(self._file, "rb", buffering=0) as file:
            content = os.pread(file.fileno(), end - start, start)
            stamp = _stamp(file)
        if stamp != self._stamp:
            self._look_again(stamp)
        return content.removesuffix(b"\n").split(b"\n")


def read_manifest(path: str | Path) -> Manifest:
    """The manifest in a file, every line of which is checked here once.

    Blank lines at its end are none. Tags of the official recipe are taken off the texts, which is
    said once. Raises InputError with file and line for text that is not JSON, a field that is
    lacking or of the wrong type, an unknown language, and an id seen before.
    """
    path = Path(path)
    digest, kinds, size, tags = hashlib.sha256(), dict[tuple[str, str], int](), 0, 0
    starts, durations, ids = array("q"), array("d"), array("q")
    with _readable(path), opened(path) as file:
        stamp = _stamp(file)
        for number, line in enumerate(file):
            digest.update(line)
            if not line.strip():
                continue
            try:
                if number > len(ids):
                    raise InputError("not JSON (a blank line before others)")
                row = fields(line)
            except InputError as error:
                raise InputError(f"{path}:{len(ids) + 1}: {error}") from error
            if number % _BLOCK == 0:
                starts.append(size)
            size += len(line)
            durations.append(row["duration"])
            ids.append(hash(row["id"]))
            kinds.setdefault((row["dataset"], row["language"]), number)
            tags += row["tag"] is not None
        starts.append(size)
        if _stamp(file) != stamp:
            raise _changed(path)
    absolute = str(path.absolute())
    manifest = Manifest(
        path, digest.hexdigest(), kinds, len(ids), stamp, absolute, np.array(starts)
    )
    vars(manifest)["durations"] = np.array(durations)  # as if it had been asked for
    _check_ids(manifest, np.array(ids))
    if tags:
        report_tags(str(path), tags)
    return manifest


def read_manifests(paths: Iterable[Path]) -> list[Manifest]:
    """The manifests in several files; a file that is named twice is read once.

    Raises InputError as `read_manifest` does, and for one without utterances.
    """
    manifests = [read_manifest(path) for path in {path.resolve(): path for path in paths}.values()]
    for manifest in manifests:
        if not len(manifest):
            raise InputError(f"{manifest.path} has no utterance")
    return manifests


def write_manifest(path: str | Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as they are, one JSON object a line; a reader finds the whole file or none."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as draft, draft.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(f"manifest {path} cannot be read: {error.strerror}") from error


def _stamp(file: BinaryIO) -> _Stamp:
    """Size and time of change: what tells whether a file is still the one that was checked."""
    found = os.fstat(file.fileno())
    return found.st_size, found.st_mtime_ns


def _changed(path: Path) -> InputError:
    return InputError(
        f"manifest {path} has changed while it was in use; give the same command again"
    )


def _check_ids(manifest: Manifest, hashes: NDArray[np.int64]) -> None:
    """Refuses the first id that was seen before; only ids of the same hash are looked at."""
    order = np.argsort(hashes, kind="stable")
    again = order[1:][hashes[order][1:] == hashes[order][:-1]]
    for second in np.sort(again).tolist():
        name = manifest[second].id
        for first in np.flatnonzero(hashes[:second] == hashes[second]).tolist():
            if manifest[first].id == name:
                raise InputError(
                    f"{manifest.path}:{second + 1}: id '{name}' is that of line {first + 1}"
                )
