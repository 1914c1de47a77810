"""Drafts of unpacked archives: members are written to a hidden folder, then moved into place.

They are moved once all are complete, so that an archive with damage or an unsafe name, even at its
very end, leaves nothing behind.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, Protocol

from plion.data.corpora.packed import stem
from plion.errors import InputError

FREE = 1 << 30  # bytes that any archive may unpack to, plus
RATIO = 20  # times its own size
LEAST = 4096  # bytes that a member counts at least: what it takes on a disk
CHUNK = 1 << 20
LONGEST_NAME = 255  # bytes of a file's name on the usual file systems
LONGEST_PATH = 2048


class Readable(Protocol):
    """A source of bytes."""

    def read(self, size: int, /) -> bytes: ...


class Budget:
    """The bytes that an archive of the source, nested archives included, may still unpack to."""

    def __init__(self, archive: Path) -> None:
        self.archive = archive
        self.limit = self.left = FREE + RATIO * archive.stat().st_size

    def take(self, size: int) -> None:
        """Count bytes; raise InputError if they exceed the limit."""
        self.left -= size
        if self.left < 0:
            raise InputError(
                f"{self.archive} unpacks to more than {self.limit:,} bytes (1 GiB and {RATIO} "
                "times its own size), more than any corpus; unpack it yourself if you trust it"
            )


class Draft:
    """A folder for an archive's members, with checks of their names and sizes."""

    def __init__(self, archive: str, folder: Path, budget: Budget) -> None:
        self.archive = archive  # as messages name it
        self.folder = folder
        self.budget = budget
        self.bytes = 0  # counted against the limit
        self.packed: list[str] = []  # members that are archives or shards themselves

    def take(self, size: int) -> None:
        """Count a member of this size, or other bytes, against the limit."""
        self.bytes += size
        self.budget.take(size)

    def refuse(self, name: str, why: str) -> NoReturn:
        """Raise InputError about a member; `why` begins with a verb."""
        raise InputError(f"{self.archive}: member {name!r} {why}; nothing of it was unpacked")

    def parts(self, name: str) -> list[str]:
        """The components of a member's name; raises InputError if they lead out of the folder."""
        if name.startswith("/") or re.match("[A-Za-z]:", name):
            self.refuse(name, "has an absolute path")
        if "\\" in name or "\0" in name:
            self.refuse(name, "has a backslash or a zero in its name")
        parts = [part for part in name.split("/") if part not in ("", ".")]
        if ".." in parts:
            self.refuse(name, "leads out of its folder")
        longest = max((len(os.fsencode(part)) for part in parts), default=0)
        if longest > LONGEST_NAME or len(name) > LONGEST_PATH:
            self.refuse(name[:80] + "...", "has too long a name")
        return parts

    def add(self, name: str, size: int, source: Readable) -> None:
        """Write one member, byte for byte.

        Skips names that begin with a dot, which readers ignore. Raises InputError for an unsafe
        name or one that contradicts an earlier member, EOFError for fewer bytes than announced.
        """
        parts = self.parts(name)
        self.take(max(size, LEAST))
        if not parts:
            self.refuse(name, "is a file without a name")
        if any(part.startswith(".") for part in parts):
            return
        target = self.folder.joinpath(*parts)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as file:
                written = 0
                while chunk := source.read(CHUNK):
                    written += file.write(chunk)
        except (FileExistsError, NotADirectoryError):
            if not target.is_file() or not _same(target, source):
                self.refuse(name, "contradicts an earlier member of that name")
            return
        if written != size:
            raise EOFError(f"{name!r} has {written:,} of {size:,} bytes")
        if stem(parts[-1]):
            self.packed.append("/".join(parts))


@contextmanager
def drafting(work: Path) -> Iterator[Path]:
    """Yield an empty folder below `work` that readers ignore; remove it afterwards."""
    folder = work / ".unpacking"
    if folder.exists():  # of a call that was killed
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def settle(draft: Path, place: Path, *, replace: bool, archive: str) -> None:
    """Move the content of a draft to `place`, merging folders.

    Keeps an existing file of the same size, unless `replace`. Raises InputError for an existing
    file of another size, before anything is moved.
    """
    for _ in _moves(draft, place, replace=replace, archive=archive):
        pass
    for new, old in _moves(draft, place, replace=replace, archive=archive):
        os.replace(new, old)


def _moves(draft: Path, place: Path, *, replace: bool, archive: str) -> Iterator[tuple[Path, Path]]:
    for name in sorted(os.listdir(draft)):
        new, old = draft / name, place / name
        if not old.exists():
            yield new, old
        elif new.is_dir() and old.is_dir():
            yield from _moves(new, old, replace=replace, archive=archive)
        elif new.is_dir() or old.is_dir():
            raise InputError(
                f"{archive} contradicts what was unpacked: {old} is a file in one of them"
            )
        elif replace:
            yield new, old
        elif new.stat().st_size != old.stat().st_size:
            raise InputError(
                f"{archive} has {old}, which exists already with other content; "
                "give sources that contradict each other one at a time"
            )


def _same(path: Path, source: Readable) -> bool:
    """Whether a file has exactly the bytes that remain in the source."""
    with path.open("rb") as file:
        while chunk := source.read(CHUNK):
            if chunk != file.read(len(chunk)):
                return False
        return not file.read(1)
