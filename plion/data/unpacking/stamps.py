"""Records of the archives unpacked to a folder, so that each is unpacked exactly once."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Any

from plion.data.corpora.tree import STAMPS
from plion.errors import InputError
from plion.system.documents import parse_json
from plion.system.files import atomic_write

SOURCE = "source.json"


@dataclass(frozen=True)
class Stamp:
    """The record of an archive whose content is all in place.

    `archive`: its path in the source, preceded by those of the archives that contained it. `bytes`:
    counted against the limit. `files`: number of files by folder, without nested archives and
    shards, whose paths are in `packed`.
    """

    archive: str
    size: int
    mtime_ns: int
    bytes: int
    files: dict[str, int]
    packed: list[str]

    def is_of(self, archive: Path) -> bool:
        """Whether a file is this archive, by size and time of change."""
        status = archive.stat()
        return (status.st_size, status.st_mtime_ns) == (self.size, self.mtime_ns)


class Stamps:
    """The stamps in a folder that archives are unpacked to."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.folder = work / STAMPS

    def put(self, stamp: Stamp) -> None:
        """Record an archive, replacing an earlier record."""
        atomic_write(self._path(stamp.archive), json.dumps(asdict(stamp)) + "\n")

    def has(self, archive: str) -> bool:
        """Whether an archive of that name was ever unpacked."""
        return self._path(archive).exists()

    def get(self, archive: str) -> Stamp | None:
        """The stamp of an archive, whether or not its files still exist; None without a stamp."""
        return _read(self._path(archive)) if self.has(archive) else None

    def whole(self, archive: Path, key: str, levels: int) -> Stamp | None:
        """The stamp of an archive that is unchanged and whose files all exist; else None.

        `levels`: how many levels of nested archives are unpacked; these are deleted after that.
        """
        stamp = self.get(key)
        if stamp is None or (archive.exists() and not stamp.is_of(archive)):
            return None
        if any(_count(self.work / folder) < count for folder, count in stamp.files.items()):
            return None
        for inner in stamp.packed:
            path = self.work / inner
            unpacked = levels > 1 and self.whole(path, f"{key}/{inner}", levels - 1)
            if not unpacked and not path.exists():
                return None
        return stamp

    def key(self, source: Path) -> str:
        """The key of a source that is one archive; that of its stamp if it was renamed since."""
        others = (stamp.archive for stamp in self._all() if stamp.is_of(source))
        return source.name if self.get(source.name) else next(others, source.name)

    def note_source(self, source: Path, origins: Mapping[str, Path]) -> None:
        """Record the folder's source; raise InputError if it has files from other archives.

        `origins`: the archives by key. The path is relative, so that source and folder can be moved
        together.
        """
        if source.resolve() == self.work.resolve():
            return
        path = self.folder / SOURCE
        origin = os.path.relpath(source.resolve(), self.work.resolve())
        noted = _content(path, str) if path.exists() else None
        if noted == origin:
            return
        if path.exists() and holds_files(self.work) and not self._are_of(origins):
            whence = os.path.normpath(self.work / noted) if isinstance(noted, str) else "elsewhere"
            damaged = "" if isinstance(noted, str) else f" (its record {path} is damaged)"
            raise InputError(
                f"{self.work} has files unpacked from {whence}{damaged}: "
                f"remove {self.work}, or choose another --out"
            )
        if origins:
            self.folder.mkdir(parents=True, exist_ok=True)
            atomic_write(path, json.dumps(origin) + "\n")

    def _are_of(self, origins: Mapping[str, Path]) -> bool:
        """Whether everything unpacked came from these archives, unchanged."""
        stamps = list(self._all())
        keys = {key for key in origins if (own := self.get(key)) and own.is_of(origins[key])}
        nested = tuple(f"{key}/" for key in keys)
        return bool(stamps) and all(
            stamp.archive in keys or stamp.archive.startswith(nested) for stamp in stamps
        )

    def _path(self, archive: str) -> Path:
        return self.folder / f"{sha256(os.fsencode(archive)).hexdigest()[:16]}.json"

    def _all(self) -> Iterator[Stamp]:
        for path in sorted(self.folder.glob("*.json")):
            if path.name != SOURCE and (stamp := _read(path)):
                yield stamp


def holds_files(folder: Path) -> bool:
    """Whether a folder has anything that readers see: names without a leading dot."""
    return folder.is_dir() and any(not name.startswith(".") for name in os.listdir(folder))


def _read(path: Path) -> Stamp | None:
    """A stamp; None if damaged or of another version, so that the archive is unpacked again."""
    content = _content(path, Stamp)
    known = content and content.keys() == {field.name for field in fields(Stamp)}
    return Stamp(**content) if known else None


def _content(path: Path, kind: type) -> Any:
    """The content of a record; None if it is empty, damaged or of another type."""
    try:
        return parse_json(path.read_bytes(), str(path), kind)
    except InputError:
        return None


def _count(folder: Path) -> int:
    try:
        with os.scandir(folder) as entries:
            return sum(entry.is_file() for entry in entries)
    except (FileNotFoundError, NotADirectoryError):
        return 0
