"""What is noted of a folder's unpacked archives, so that none is read twice or missed."""

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
    """What is noted of an archive once all it holds is in place.

    `archive` is its path in the source, after those of the archives it came out of; `bytes` are as
    they count against the limit; `files` are how many it brought to each folder, without the
    archives and shards among them, which are `packed`.
    """

    archive: str
    size: int
    mtime_ns: int
    bytes: int
    files: dict[str, int]
    packed: list[str]

    def is_of(self, archive: Path) -> bool:
        """Whether a file is this archive, unchanged."""
        status = archive.stat()
        return (status.st_size, status.st_mtime_ns) == (self.size, self.mtime_ns)


class Stamps:
    """The stamps in a folder that archives are unpacked to."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.folder = work / STAMPS

    def put(self, stamp: Stamp) -> None:
        """Note an archive, in place of what was noted before."""
        atomic_write(self._path(stamp.archive), json.dumps(asdict(stamp)) + "\n")

    def has(self, archive: str) -> bool:
        """Whether an archive of that name was ever unpacked."""
        return self._path(archive).exists()

    def get(self, archive: str) -> Stamp | None:
        """The stamp of an archive, whatever has become of what it brought."""
        return _read(self._path(archive)) if self.has(archive) else None

    def whole(self, archive: Path, key: str, levels: int) -> Stamp | None:
        """The stamp of an archive that has not changed and whose files are all there; else None.

        `levels`: how many of archives within archives are unpacked. Those have gone by then.
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
        """The key of a source that is one archive: that of its stamp, if it was renamed since."""
        others = (stamp.archive for stamp in self._all() if stamp.is_of(source))
        return source.name if self.get(source.name) else next(others, source.name)

    def note_source(self, source: Path, origins: Mapping[str, Path]) -> None:
        """Note what the folder is filled from; InputError if it was from other archives.

        `origins`: the archives by their keys. The note is relative, so that folders that are moved
        together stay together.
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
            damaged = "" if isinstance(noted, str) else f" (the note of it, {path}, is damaged)"
            raise InputError(
                f"{self.work} holds files unpacked from {whence}{damaged}: "
                f"remove {self.work}, or choose another --out"
            )
        if origins:
            self.folder.mkdir(parents=True, exist_ok=True)
            atomic_write(path, json.dumps(origin) + "\n")

    def _are_of(self, origins: Mapping[str, Path]) -> bool:
        """Whether all that was unpacked came from these archives, as they are now."""
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
    """Whether there is anything in a folder that readers see."""
    return folder.is_dir() and any(not name.startswith(".") for name in os.listdir(folder))


def _read(path: Path) -> Stamp | None:
    """None for a note of another version, and one that is damaged: the archive is read again."""
    content = _content(path, Stamp)
    known = content and content.keys() == {field.name for field in fields(Stamp)}
    return Stamp(**content) if known else None


def _content(path: Path, kind: type) -> Any:
    """What a note says; None for one that is empty, damaged or of another type."""
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
