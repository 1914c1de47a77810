"""The folder that all runs of a place are in, and the finding of one run in it."""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from plion.runs.folder import RunFolder

_HASH8 = re.compile("[0-9a-f]{8}")


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

    def named(self, name: str) -> list[RunFolder]:
        """The folders of runs of this name, whatever their hash."""
        return [RunFolder(self._path / own) for own in self._by_name.get(name, ())]

    @cached_property
    def _names(self) -> list[tuple[str, str, str]]:
        """Each folder: run's name, hash, and both; sorted."""
        names = sorted(os.listdir(self._path)) if self._path.is_dir() else []
        return [(*name.rpartition("-")[::2], name) for name in names]

    @cached_property
    def _by_hash(self) -> Mapping[str, Sequence[str]]:
        return _grouped((hash8, whole) for _, hash8, whole in self._names)

    @cached_property
    def _by_name(self) -> Mapping[str, Sequence[str]]:
        return _grouped(
            (name, whole) for name, hash8, whole in self._names if _HASH8.fullmatch(hash8)
        )


def _grouped(pairs: Iterable[tuple[str, str]]) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found
