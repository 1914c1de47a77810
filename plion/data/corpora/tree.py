"""The files of a corpus, wherever they lie: those of the source, then those unpacked from it."""

import os
import posixpath
import re
from collections.abc import Iterator, Sequence
from fnmatch import translate
from pathlib import Path, PurePosixPath

from plion.data.audio.suffixes import AUDIO
from plion.errors import InputError

STAMPS = ".unpacked"  # in a folder that archives were unpacked to: notes of which


class Tree:
    """Folders laid over each other; files are named by their path below them.

    The first component of a path is the name of the source's folder, so that a source that is
    given as `.../ta_in` still shows its language: `ta_in/train.tsv`. Where two folders have the
    same path, the first one's file counts. Names that begin with a dot are not seen. Links to
    folders are followed, each folder once. Audio files are counted but not listed (there may be
    millions); ask for one with `path`. Folders of `without` are left out, and those that another
    source was unpacked to. `source` is what messages name, if it is not the first folder;
    `left_packed` are the archives, on the disk, that nothing was taken from. Raises InputError for
    a folder that cannot be read.
    """

    def __init__(
        self,
        name: str,
        roots: Sequence[Path],
        without: Sequence[Path] = (),
        source: Path | None = None,
    ) -> None:
        self.name = name
        self.roots = tuple(roots)
        self.source = source or self.roots[0]
        self.left_packed: tuple[str, ...] = ()
        self.audio_files = 0
        self.folders: set[str] = set()  # paths, as those of the files
        self._files: dict[str, str] = {}  # path: the folder on the disk; there may be many
        # The unpacked files may lie below the source: they are a root of their own, seen once.
        seen = {_identity(folder) for folder in (*self.roots, *without) if folder.is_dir()}
        for root in dict.fromkeys(self.roots):
            if root.is_dir():
                self._walk(root, seen)

    def glob(self, pattern: str) -> list[str]:
        """The files that are not audio whose path, or its end after a `/`, fits; sorted.

        `*` stands for any run of characters, `/` included, and `|` is between patterns of which one
        is to fit; case does not count.
        """
        either = "|".join(translate(f"*/{one}") for one in pattern.split("|"))
        fits = re.compile(either, re.IGNORECASE).match
        return sorted(path for path in self._files if fits(f"/{path}"))

    def path(self, path: str) -> Path | None:
        """Where a file lies, audio included; None if it is not there or not below the roots."""
        top, _, below = posixpath.normpath(path).partition("/")
        if top != self.name or not below:
            return None
        for root in self.roots:
            candidate = os.path.join(root, below)
            if os.path.isfile(candidate):
                return Path(candidate)
        return None

    def lines(self, path: str) -> Iterator[tuple[int, str]]:
        """The numbered lines of a text file in UTF-8, with or without BOM, without line ends.

        Raises InputError with file and line for what is not UTF-8.
        """
        try:
            with open(os.path.join(self._files[path], posixpath.basename(path)), "rb") as file:
                for number, line in enumerate(file, start=1):
                    text = line.decode("utf-8-sig" if number == 1 else "utf-8")
                    yield number, text.rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise InputError(f"{path}:{number}: not UTF-8 ({error.reason})") from error
        except OSError as error:
            raise InputError(f"{path} cannot be read ({error.strerror})") from error

    @property
    def files(self) -> list[str]:
        """All files that are not audio, sorted."""
        return sorted(self._files)

    def _walk(self, root: Path, seen: set[tuple[int, int]]) -> None:
        for folder, folders, files in os.walk(root, onerror=_refuse, followlinks=True):
            if STAMPS in folders and Path(folder) != root:
                folders.clear()
                continue
            # Links last: what is there under its own name is seen under its own name.
            paths = sorted(
                (os.path.islink(path := os.path.join(folder, name)), path)
                for name in folders
                if not name.startswith(".")
            )
            folders[:] = [os.path.basename(path) for _, path in paths if _first(path, seen)]
            below = PurePosixPath(self.name, Path(folder).relative_to(root).as_posix())
            self.folders.update((below / name).as_posix() for name in folders)
            for name in files:
                if name.startswith("."):
                    continue
                if os.path.splitext(name)[1].lower() in AUDIO:
                    self.audio_files += 1
                else:
                    self._files.setdefault(f"{below}/{name}", folder)


def _identity(folder: str | Path) -> tuple[int, int]:
    status = os.stat(folder)
    return status.st_dev, status.st_ino


def _first(folder: str, seen: set[tuple[int, int]]) -> bool:
    """Whether this folder is met for the first time; it is then noted."""
    identity = _identity(folder)
    if identity in seen:
        return False
    seen.add(identity)
    return True


def _refuse(error: OSError) -> None:
    raise InputError(f"{error.filename} cannot be read ({error.strerror})") from error
