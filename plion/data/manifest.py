"""Read and write manifests: JSON lines, one utterance per line. Rows are read only when needed.

    id        unique in the file              offset    seconds into the audio file
    audio     relative to the manifest, or    speaker
              absolute                        block     what the bootstrap resamples: speaker,
    text      verbatim transcript                       else sentence id
    language  its key                         sentence  id of the sentence read, where it recurs
    dataset   the benchmark's key             text_alt  the publisher's other rendering
    duration  seconds

The fields on the left are required, those on the right optional. Other fields are kept in `extra`.
"""

import hashlib
import json
import os
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plion.data.file_stamp import Stamp, changed, readable, stamp_of
from plion.data.utterance import Utterance, fields
from plion.errors import InputError
from plion.system.documents import opened
from plion.system.files import replacing, sha256
from plion.text.languages import Languages
from plion.text.shipped import SHIPPED
from plion.text.tags import report_tags

# Lines read together: keeping the offset of every line would take 8 bytes a line.
_CHUNK = 32


@dataclass(frozen=True, eq=False)
class Manifest:
    """The utterances of a manifest file, in order: `len(m)`, `m[i]`, iteration, and columns.

    `sha256`: of the file. `kinds`: the number of the first row of each (dataset, language), and
    `languages` what is known of these. Rows
    are read from the file on every access, so a manifest of a million rows takes 10 MB of memory,
    and 0.25 MB when sent to another process. Access raises InputError if the file has since been
    removed or changed.
    """

    path: Path
    sha256: str
    kinds: Mapping[tuple[str, str], int]
    languages: Languages
    _rows: int
    _stamp: Stamp
    _file: str  # the absolute path
    _starts: NDArray[np.int64]  # the byte where each chunk of lines begins, and the file's end

    def __len__(self) -> int:
        return self._rows

    def __getitem__(self, number: int) -> Utterance:
        chunk, line = divmod(range(self._rows)[number], _CHUNK)
        return self._utterance(self._lines(chunk)[line])

    def __iter__(self) -> Iterator[Utterance]:
        for chunk in range(len(self._starts) - 1):
            yield from map(self._utterance, self._lines(chunk))

    def __getstate__(self) -> dict[str, Any]:
        """State for pickling without durations, the largest part: loader workers need none."""
        return {key: value for key, value in vars(self).items() if key != "durations"}

    @cached_property
    def durations(self) -> NDArray[np.float64]:
        """Duration of each utterance in seconds, shape (utterances,)."""
        return np.fromiter(self.column("duration"), np.float64, len(self))

    @property
    def hours(self) -> float:
        """Total duration in hours."""
        return float(self.durations.sum()) / 3600

    def column(self, name: str) -> Iterator[Any]:
        """One field of every utterance, in order."""
        return (getattr(utterance, name) for utterance in self)

    def _utterance(self, line: bytes) -> Utterance:
        row = fields(line, self.languages)
        folder = os.path.dirname(self._file)
        row["audio"] = os.path.normpath(os.path.join(folder, row["audio"]))
        return Utterance(**row)

    def _look_again(self, stamp: Stamp) -> None:
        """Accept a file that was touched or rewritten with the same content; else raise."""
        if sha256(self._file) != self.sha256:
            raise changed(self.path)
        object.__setattr__(self, "_stamp", stamp)

    def _lines(self, chunk: int) -> list[bytes]:
        start, end = self._starts[chunk : chunk + 2].tolist()
        with readable(self.path), open(self._file, "rb", buffering=0) as file:
            content = os.pread(file.fileno(), end - start, start)
            stamp = stamp_of(file)
        if stamp != self._stamp:
            self._look_again(stamp)
        return content.removesuffix(b"\n").split(b"\n")


def read_manifest(path: str | Path, languages: Languages = SHIPPED) -> Manifest:
    """Read a manifest and check every line of it.

    Ignores blank lines at the end. Removes language tags of the official recipe from texts, with a
    note on stderr. Raises InputError, with file and line, for text that is not JSON, a field that
    is missing or of the wrong type, a language that is none of `languages`, and a repeated id.
    """
    path = Path(path)
    digest, kinds, size, tags = hashlib.sha256(), dict[tuple[str, str], int](), 0, 0
    starts, durations, ids = array("q"), array("d"), array("q")
    with readable(path), opened(path) as file:
        stamp = stamp_of(file)
        for number, line in enumerate(file):
            digest.update(line)
            if not line.strip():
                continue
            try:
                if number > len(ids):
                    raise InputError("not JSON (a blank line before others)")
                row = fields(line, languages)
            except InputError as error:
                raise InputError(f"{path}:{len(ids) + 1}: {error}") from error
            if number % _CHUNK == 0:
                starts.append(size)
            size += len(line)
            durations.append(row["duration"])
            ids.append(hash(row["id"]))
            kinds.setdefault((row["dataset"], row["language"]), number)
            tags += row["tag"] is not None
        starts.append(size)
        if stamp_of(file) != stamp:
            raise changed(path)
    absolute = str(path.absolute())
    own = Languages(languages[key] for _, key in kinds)
    manifest = Manifest(
        path, digest.hexdigest(), kinds, own, len(ids), stamp, absolute, np.array(starts)
    )
    vars(manifest)["durations"] = np.array(durations)  # fills the cached property
    _check_ids(manifest, np.array(ids))
    if tags:
        report_tags(str(path), tags)
    return manifest


def read_manifests(paths: Iterable[Path], languages: Languages = SHIPPED) -> list[Manifest]:
    """Read several manifests; a file that is named twice is read once.

    Raises InputError as `read_manifest`, and for a manifest without utterances.
    """
    unique = {path.resolve(): path for path in paths}.values()
    manifests = [read_manifest(path, languages) for path in unique]
    for manifest in manifests:
        if not len(manifest):
            raise InputError(f"{manifest.path} has no utterance")
    return manifests


def write_manifest(path: str | Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows atomically as JSON lines, without checking them."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as draft, draft.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _check_ids(manifest: Manifest, hashes: NDArray[np.int64]) -> None:
    """Raise InputError for the first repeated id; compares only ids with equal hashes."""
    order = np.argsort(hashes, kind="stable")
    again = order[1:][hashes[order][1:] == hashes[order][:-1]]
    for second in np.sort(again).tolist():
        name = manifest[second].id
        for first in np.flatnonzero(hashes[:second] == hashes[second]).tolist():
            if manifest[first].id == name:
                raise InputError(
                    f"{manifest.path}:{second + 1}: id '{name}' is already in line {first + 1}"
                )
