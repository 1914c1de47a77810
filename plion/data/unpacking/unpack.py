"""Open the source of a corpus (folder, archive or shard) as a tree of files, unpacking archives."""

import os
import posixpath
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tqdm import tqdm

from plion.data.corpora.corpus import Corpus
from plion.data.corpora.packed import (
    SHARDS,
    SUFFIXES,
    finished,
    is_shard,
    refuse_incomplete,
    refuse_unfinished,
    stem,
    top,
    unpacked_to,
)
from plion.data.corpora.tree import Tree
from plion.data.unpacking.archives import unpack_archive
from plion.data.unpacking.choose import chosen
from plion.data.unpacking.draft import Budget, Draft, drafting, settle
from plion.data.unpacking.shards import unpack_shard
from plion.data.unpacking.stamps import Stamp, Stamps
from plion.errors import InputError
from plion.system.files import disk_full

LEVELS = 3  # of nested archives


def open_source(source: Path, work: Path, wanted: Corpus, without: Sequence[Path] = ()) -> Tree:
    """The files of a source, with its archives unpacked below `work`.

    The source is a folder, an archive, a parquet or an Arrow file. In a folder, the archives
    `chosen` for the corpus are unpacked; folders of `without` are ignored. Nested archives are
    unpacked too, up to three levels deep, and then deleted. The tree's `left_packed` has the
    archives that were not unpacked. `work` mirrors the source: PATH/A.zip is unpacked to PATH, or
    to PATH/A if it has files at its top level. An archive unpacked before is unpacked again only if
    it has changed, some of its files are missing, or unpacking was interrupted. The caller must
    ensure that no other process works in `work`.

    Raises InputError for any other source, one that cannot be read, an unfinished download, an
    archive that is damaged, unsafe, too large once unpacked or in contradiction to another, a full
    disk, and a `work` with files from other archives.
    """
    refuse_unfinished(str(source))
    with _trouble_told(source, work):
        stamps = Stamps(work)
        if source.is_dir():
            name, roots = os.path.basename(os.path.abspath(source)) or "source", [source, work]
            opened = Tree(name, [source], [work, *without])
            paths = [path.partition("/")[2] for path in chosen(opened, wanted)]
            origins = {path: source / path for path in paths}
        elif source.is_file() and stem(source.name):
            name, roots, origins = top(source.name), [work], {stamps.key(source): source}
            refuse_incomplete([name] if is_shard(source.name) else [])
        elif source.exists():
            kinds = " ".join((*SUFFIXES, *SHARDS))
            raise InputError(f"{source} is neither a folder nor an archive ({kinds})")
        else:
            raise InputError(f"there is no {source}")
        stamps.note_source(source, origins)
        _Unpacking(stamps, roots).run(origins)
        tree = Tree(name, roots, without, source)
        tree.left_packed = tuple(_left(tree, set(origins.values())))
    return tree


@contextmanager
def _trouble_told(source: Path, work: Path) -> Iterator[None]:
    try:
        with disk_full(work):
            yield
    except OSError as error:
        where = error.filename or source
        raise InputError(f"{where} cannot be read or written: {error.strerror}") from error


def _left(tree: Tree, unpacked: Collection[Path]) -> Iterator[str]:
    """Archives that were not unpacked, and unfinished downloads that were ignored."""
    for path in tree.files:
        if stem(posixpath.basename(path)) or finished(path):
            place = tree.path(path)
            if place and place not in unpacked:
                yield str(place)


class _Unpacking:
    """The unpacking of one source into one folder."""

    def __init__(self, stamps: Stamps, roots: Sequence[Path]) -> None:
        self.stamps = stamps
        self.work = stamps.work
        self.roots = roots

    def run(self, origins: Mapping[str, Path]) -> None:
        """Unpack archives, by key, with one progress bar of compressed bytes."""
        whole = self.stamps.whole
        new = (path for key, path in origins.items() if whole(path, key, LEVELS) is None)
        total = sum(path.stat().st_size for path in new)
        with tqdm(total=total, desc="unpacking", unit="B", unit_scale=True, delay=1) as self.bar:
            for key, path in origins.items():
                self._unpack(path, key, key, Budget(path), levels=LEVELS)

    def _unpack(self, archive: Path, path: str, key: str, budget: Budget, *, levels: int) -> None:
        """Unpack an archive at `path` within the source or `work`, and those nested in it.

        `key`: its path, preceded by those of the archives that contained it.
        """
        stamp = self.stamps.whole(archive, key, levels)
        if stamp is None:
            stamp = self._unpack_one(archive, path, key, budget)
        else:
            budget.take(stamp.bytes)
        for inner in stamp.packed if levels > 1 else ():
            packed = self.work / inner
            if packed.exists():
                self.bar.total += packed.stat().st_size
            self._unpack(packed, inner, f"{key}/{inner}", budget, levels=levels - 1)
            packed.unlink(missing_ok=True)

    def _unpack_one(self, archive: Path, path: str, key: str, budget: Budget) -> Stamp:
        status = archive.stat()
        folder, beside = posixpath.dirname(path), unpacked_to(path)
        outer = budget.archive
        shown = str(outer) if archive == outer else f"{outer} (in it {path})"
        with drafting(self.work) as room:
            draft = Draft(shown, room / "members", budget)
            draft.folder.mkdir()
            if is_shard(path):
                find = partial(self._find, folder=folder, beside=beside)
                unpack_shard(archive, draft, find, self.bar.update)
            else:
                unpack_archive(archive, draft, self.bar.update)
            flat = not all((draft.folder / name).is_dir() for name in os.listdir(draft.folder))
            place = beside if flat else folder
            packed = [posixpath.join(place, inner) for inner in sorted(draft.packed)]
            tree = room / "tree" / place
            tree.parent.mkdir(parents=True, exist_ok=True)
            draft.folder.rename(tree)
            files = _counts(room / "tree", packed)
            settle(room / "tree", self.work, replace=self.stamps.has(key), archive=shown)
        stamp = Stamp(
            archive=key,
            size=status.st_size,
            mtime_ns=status.st_mtime_ns,
            bytes=draft.bytes,
            files=files,
            packed=packed,
        )
        self.stamps.put(stamp)
        return stamp

    def _find(self, file: str, folder: str, beside: str) -> str | None:
        """The path, relative to `beside`, of a file beside a shard or below the source; or None."""
        for base in (folder, ""):
            path = posixpath.normpath(posixpath.join(base, file))
            below = not posixpath.isabs(path) and path.split("/")[0] != ".."
            if below and any((root / path).is_file() for root in self.roots):
                return posixpath.relpath(path, beside)
        return None


def _counts(folder: Path, packed: Sequence[str]) -> dict[str, int]:
    """The number of files in each folder below `folder`, without those in `packed`."""
    without = Counter(posixpath.dirname(inner) or "." for inner in packed)
    places = (
        (Path(place).relative_to(folder).as_posix(), len(names))
        for place, _, names in os.walk(folder)
    )
    return {path: count - without[path] for path, count in places if count > without[path]}
