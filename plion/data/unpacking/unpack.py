"""A corpus's source, folder or archive, as a tree of files; archives are unpacked on the way."""

import json
import os
import posixpath
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

from tqdm import tqdm

from plion.data.corpora.tree import Tree
from plion.data.unpacking.archives import unpack_archive
from plion.data.unpacking.draft import Budget, Draft, drafting, settle
from plion.data.unpacking.packed import SHARD, SUFFIXES, Pieces, is_shard, refuse_unfinished, stem
from plion.data.unpacking.shards import unpack_shard
from plion.errors import InputError
from plion.runs import atomic_write, disk_full

LEVELS = 3  # of archives within archives
STAMPS = ".unpacked"


@dataclass(frozen=True)
class Stamp:
    """What is noted of an archive once all it holds is in place."""

    archive: str
    size: int
    mtime_ns: int
    files: int
    bytes: int  # as they count against the limit
    folders: list[str]  # the uppermost that it brought
    packed: list[str]  # the archives and shards it brought


def open_source(source: Path, work: Path, pieces: Pieces, looks_for: Sequence[str]) -> Tree:
    """The files of a source, with what is packed in it unpacked below `work`.

    The source is a folder, an archive or a parquet file. Of a folder, those archives are unpacked
    that `pieces` picks, unless they lie unpacked beside already; where it picks none, and the
    patterns of `looks_for` are not all found in the open, all are; so are parquet shards then. What
    archives hold packed is unpacked too, up to three levels deep, and goes once that is done.
    `work` mirrors the source: PATH/A.zip is unpacked to PATH, or to PATH/A if it holds files at its
    top level. An archive that was unpacked before is not again, unless it has changed; one that was
    interrupted is. The caller sees to it that no other process works there.

    Raises InputError for a source that is none of these or an unfinished download, for an archive
    that is damaged, unsafe, too large once unpacked, or contradicts another, for a full disk, and
    where `work` holds what came from another source.
    """
    refuse_unfinished(str(source))
    if source.is_dir():
        name, roots = os.path.basename(os.path.abspath(source)) or "source", [source, work]
        opened = Tree(name, [source], without=[work])
        for path in (*opened.files, *sorted(opened.folders)):
            refuse_unfinished(path)
        paths = [path.partition("/")[2] for path in _wanted(opened, pieces, looks_for)]
        origins = {path: source / path for path in paths}
    elif source.is_file() and (top := stem(source.name)):
        name, roots, origins = top, [work], {source.name: source}
    elif source.exists():
        kinds = " ".join((*SUFFIXES, SHARD))
        raise InputError(f"{source} is neither a folder nor an archive ({kinds})")
    else:
        raise InputError(f"there is no {source}")
    with disk_full(work):
        _note_source(source, work, bool(origins))
        _Unpacking(work, roots).run(origins)
    return Tree(name, roots)


def _wanted(tree: Tree, pieces: Pieces, looks_for: Sequence[str]) -> list[str]:
    """The archives and shards to unpack, of a source as it lies open.

    It does not depend on what was unpacked before, which may have been interrupted.
    """
    packed = {path: top for path in tree.files if (top := stem(posixpath.basename(path)))}
    archives = [path for path in packed if not is_shard(path)]
    shards = [path for path in packed if is_shard(path)]
    parts = pieces(archives)
    places = defaultdict(list)
    for folder in tree.folders:
        places[posixpath.basename(folder)].append(folder)
    missing = [
        path
        for path in parts
        if not any(
            place.startswith(posixpath.dirname(path) + "/") for place in places[packed[path]]
        )
    ]
    if all(tree.glob(pattern) for pattern in looks_for):
        return missing
    return [*(missing if parts else archives), *shards]


def _note_source(source: Path, work: Path, unpacks: bool) -> None:
    """Note what `work` is filled from; InputError if it was from something else.

    The note is relative, so that folders that are moved together stay together.
    """
    if source.resolve() == work.resolve():
        return
    note = work / STAMPS / "source.json"
    origin = os.path.relpath(source.resolve(), work.resolve())
    if note.exists() and not all(name.startswith(".") for name in os.listdir(work)):
        if (other := json.loads(note.read_text(encoding="utf-8"))) != origin:
            raise InputError(
                f"{work} holds files unpacked from {os.path.normpath(work / other)}; "
                f"remove it, choose another folder, or give {work} as the source"
            )
    elif unpacks:
        note.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(note, json.dumps(origin) + "\n")


class _Unpacking:
    """The unpacking of one source into one folder."""

    def __init__(self, work: Path, roots: Sequence[Path]) -> None:
        self.work = work
        self.roots = roots

    def run(self, origins: Mapping[str, Path]) -> None:
        """Unpack archives by their paths in the source, behind one bar of compressed bytes."""
        new = (path for key, path in origins.items() if self._known(path, key) is None)
        total = sum(path.stat().st_size for path in new)
        with tqdm(total=total, desc="unpacking", unit="B", unit_scale=True, delay=1) as self.bar:
            for key, path in origins.items():
                self._unpack(path, key, key, Budget(path), LEVELS)

    def _unpack(self, archive: Path, path: str, key: str, budget: Budget, levels: int) -> None:
        """Unpack an archive that lies at `path` within the source or `work`, and those in it.

        `key` names it: its path, after those of the archives it came out of.
        """
        stamp = self._known(archive, key)
        if stamp is None:
            stamp = self._unpack_one(archive, path, key, budget)
        else:
            budget.take(stamp.bytes)
        for inner in stamp.packed if levels > 1 else ():
            packed = self.work / inner
            if packed.exists():
                self.bar.total += packed.stat().st_size
            self._unpack(packed, inner, f"{key}/{inner}", budget, levels - 1)
            packed.unlink(missing_ok=True)

    def _unpack_one(self, archive: Path, path: str, key: str, budget: Budget) -> Stamp:
        status = archive.stat()
        folder, name = posixpath.split(path)
        beside = posixpath.join(folder, stem(name) or name)
        with drafting(self.work) as room:
            draft = Draft(archive, room / "members", budget)
            draft.folder.mkdir()
            if is_shard(name):
                find = partial(self._find, folder=folder, beside=beside)
                unpack_shard(archive, draft, find, self.bar.update)
            else:
                unpack_archive(archive, draft, self.bar.update)
            top = sorted(os.listdir(draft.folder))
            flat = not all((draft.folder / entry).is_dir() for entry in top)
            place = beside if flat else folder
            tree = room / "tree" / place
            tree.parent.mkdir(parents=True, exist_ok=True)
            draft.folder.rename(tree)
            settle(room / "tree", self.work, self._stamp(key).exists(), archive)
        stamp = Stamp(
            archive=key,
            size=status.st_size,
            mtime_ns=status.st_mtime_ns,
            files=draft.files,
            bytes=draft.bytes,
            folders=[beside] if flat else [posixpath.join(folder, entry) for entry in top],
            packed=[posixpath.join(place, inner) for inner in sorted(draft.packed)],
        )
        atomic_write(self._stamp(key), json.dumps(asdict(stamp)) + "\n")
        return stamp

    def _known(self, archive: Path, key: str) -> Stamp | None:
        """The stamp of an archive that was unpacked and has not changed; None if it must be.

        Archives that came out of others have gone by then.
        """
        if not self._stamp(key).exists():
            return None
        stamp = Stamp(**json.loads(self._stamp(key).read_text(encoding="utf-8")))
        if not all((self.work / folder).is_dir() for folder in stamp.folders):
            return None
        if archive.exists():
            status = archive.stat()
            if (status.st_size, status.st_mtime_ns) != (stamp.size, stamp.mtime_ns):
                return None
        return stamp

    def _stamp(self, key: str) -> Path:
        return self.work / STAMPS / f"{sha256(os.fsencode(key)).hexdigest()[:16]}.json"

    def _find(self, file: str, folder: str, beside: str) -> str | None:
        """A file beside a shard, or anywhere below the source: its name as seen from `beside`."""
        for base in (folder, ""):
            path = posixpath.normpath(posixpath.join(base, file))
            below = not posixpath.isabs(path) and path.split("/")[0] != ".."
            if below and any((root / path).is_file() for root in self.roots):
                return posixpath.relpath(path, beside)
        return None
