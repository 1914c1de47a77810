"""Where the members of an archive go first: a folder that nobody reads, until all are whole.

Then they are moved into place, whole folders at once where possible. So an archive that is
damaged at its very end, or says something it should not, leaves nothing behind.
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

FREE = 1 << 30  # bytes that any archive may unpack to,
RATIO = 20  # and so many times its own size beside
LEAST = 4096  # bytes that a member counts at the least: what it takes on a disk
CHUNK = 1 << 20
LONGEST_NAME = 255  # bytes of a file's name on the usual file systems
LONGEST_PATH = 2048


class Readable(Protocol):
    """What bytes are read from."""

    def read(self, size: int, /) -> bytes: ...


class Budget:
    """What one archive of the source may still unpack to, the archives within it included."""

    def __init__(self, archive: Path) -> None:
        self.archive = archive
        self.limit = self.left = FREE + RATIO * archive.stat().st_size

    def take(self, size: int) -> None:
        """Count bytes; InputError when they are more than the limit leaves."""
        self.left -= size
        if self.left < 0:
            raise InputError(
                f"{self.archive} unpacks to more than {self.limit:,} bytes (1 GiB and {RATIO} "
                "times its own size), which no corpus does; unpack it by hand if you trust it"
            )


class Draft:
    """A folder that takes an archive's members, under names that cannot lead out of it."""

    def __init__(self, archive: str, folder: Path, budget: Budget) -> None:
        self.archive = archive  # as messages name it
        self.folder = folder
        self.budget = budget
        self.bytes = 0  # as they count against the limit
        self.packed: list[str] = []  # the members that are archives or shards themselves

    def take(self, size: int) -> None:
        """Count a member of this size, or other bytes, against the limit."""
        self.bytes += size
        self.budget.take(size)

    def refuse(self, name: str, why: str) -> NoReturn:
        """InputError about a member; `why` begins with a verb."""
        raise InputError(f"{self.archive}: member {name!r} {why}; nothing of it was unpacked")

    def parts(self, name: str) -> list[str]:
        """The components of a member's name; InputError if they lead elsewhere."""
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

        Names that begin with a dot, which no reader sees, are left out. Raises InputError for
        an unsafe or a contradictory name, EOFError when fewer bytes come than announced.
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
    """An empty folder below `work` that readers do not see; gone afterwards."""
    folder = work / ".unpacking"
    if folder.exists():  # of a call that was killed
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def settle(draft: Path, place: Path, *, replace: bool, archive: str) -> None:
    """Move the content of a draft to `place`, into the folders that are there already.

    A file that is there already with the same size stays, unless `replace`. Raises InputError,
    before anything is moved, when one is there with another size.
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
            raise InputError(f"{archive} brings {old} as a file and something else as a folder")
        elif replace:
            yield new, old
        elif new.stat().st_size != old.stat().st_size:
            raise InputError(
                f"{archive} brings {old}, which is there already with other content; "
                "give sources that contradict each other one at a time"
            )


def _same(path: Path, source: Readable) -> bool:
    """Whether a file holds just what is still to come from the source."""
    with path.open("rb") as file:
        while chunk := source.read(CHUNK):
            if chunk != file.read(len(chunk)):
                return False
        return not file.read(1)
