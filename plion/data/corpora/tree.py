"""The files of a corpus: those of the source and those unpacked from it, as one tree."""

import os
import posixpath
import re
from collections.abc import Iterator, Sequence
from fnmatch import translate
from pathlib import Path, PurePosixPath

from plion.data.audio.suffixes import AUDIO
from plion.errors import InputError

STAMPS = ".unpacked"  # folder with notes on the archives that were unpacked beside it


class Tree:
    """Several root folders seen as one; files are named by their path below a root.

    The first component of a path is the name of the source's folder, so that a source given as
    `.../ta_in` still shows its language: `ta_in/train.tsv`. If two roots have the same path, the
    first one's file counts. Ignores names that begin with a dot. Follows links to folders, each
    folder once. Counts audio files without listing them (there may be millions); `path` finds one.

    `without`: folders to leave out; folders that another source was unpacked to are left out too.
    `source`: the path to name in messages, by default the first root. `left_packed`: archives on
    the disk that were not unpacked. Raises InputError for a folder that cannot be read.
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
        # Unpacked files may lie below the source: they are a root of their own, walked once.
        seen = {_identity(folder) for folder in (*self.roots, *without) if folder.is_dir()}
        for root in dict.fromkeys(self.roots):
            if root.is_dir():
                self._walk(root, seen)

    def glob(self, pattern: str) -> list[str]:
        """The files other than audio whose path, or its end after a `/`, matches; sorted.

        `*` matches any characters, `/` included; `|` separates alternatives; case is ignored.
        """
        either = "|".join(translate(f"*/{one}") for one in pattern.split("|"))
        fits = re.compile(either, re.IGNORECASE).match
        return sorted(path for path in self._files if fits(f"/{path}"))

    def path(self, path: str) -> Path | None:
        """The path on the disk of a file, audio included; None if it is not below the roots."""
        top, _, below = posixpath.normpath(path).partition("/")
        if top != self.name or not below:
            return None
        for root in self.roots:
            candidate = os.path.join(root, below)
            if os.path.isfile(candidate):
                return Path(candidate)
        return None

    def lines(self, path: str) -> Iterator[tuple[int, str]]:
        """The numbered lines of a UTF-8 text file, without BOM and line ends.

        Raises InputError, with file and line, if it is not UTF-8.
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
        """All files other than audio, sorted."""
        return sorted(self._files)

    def _walk(self, root: Path, seen: set[tuple[int, int]]) -> None:
        for folder, folders, files in os.walk(root, onerror=_refuse, followlinks=True):
            if STAMPS in folders and Path(folder) != root:
                folders.clear()
                continue
            # Links last, so that a folder is seen under its own name first.
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
    """Whether a folder was not in `seen`; adds it."""
    identity = _identity(folder)
    if identity in seen:
        return False
    seen.add(identity)
    return True


def _refuse(error: OSError) -> None:
    raise InputError(f"{error.filename} cannot be read ({error.strerror})") from error
