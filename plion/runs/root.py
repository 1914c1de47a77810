"""The folder that all runs of a place are in, and the finding of one run in it."""

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from plion.runs.folder import RunFolder


class RunRoot:
    """A folder of run folders, whose names are listed once, when they are first needed."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)

    def locate(self, name: str, hash8: str) -> RunFolder:
        """The folder of the run with this hash: under this name, else under another study's name.

        Runs with equal hashes are the same run. The folder need not exist.
        """
        own = RunFolder(self._path / f"{name}-{hash8}")
        if not own.record.exists():
            for other in self._by_hash.get(hash8, ()):
                if (folder := RunFolder(self._path / other)).marks().hash == hash8:
                    return folder
        return own

    @cached_property
    def _by_hash(self) -> Mapping[str, Sequence[str]]:
        """The names of folders, sorted, by what follows their last hyphen."""
        found: dict[str, list[str]] = {}
        if self._path.is_dir():
            for name in sorted(os.listdir(self._path)):
                found.setdefault(name.rpartition("-")[2], []).append(name)
        return found
