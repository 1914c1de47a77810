"""A run folder's files on their way from a node without a shared disk to the driver's disk."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from plion.errors import InputError
from plion.runs.claims import alone
from plion.runs.folder import RunFolder
from plion.system import drafts
from plion.system.files import on_disk, writable

Files = Mapping[str, bytes]
"""Content by path in the run folder."""

_KEPT_THERE = ("config.yaml", "reports.jsonl", "checkpoints")
"""What the driver has of its own, and weights, which are large."""


def packed(folder: RunFolder) -> Files:
    """The files that `results` needs of a finished run: record, metrics, transcripts, curves."""
    return {name: (folder.path / name).read_bytes() for name in _names(folder.path)}


def _names(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") for part in parts)
        if path.is_file() and not hidden and parts[0] not in _KEPT_THERE:
            yield "/".join(parts)


def check_names(files: Files) -> None:
    """Raises InputError for a file that would lie outside of the run folder."""
    for name in files:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not path.parts:
            raise InputError(f"a node returned a file named '{name}', which is not in a run folder")


def place(files: Files, folder: RunFolder, attempts: int) -> bool:
    """Writes a finished run's files into the driver's run folder; False if it is finished there.

    A second finisher's files are dropped. The files are written beside the folder and then renamed
    into it, the record last, so that a full disk or a kill leaves no run that looks finished.
    `attempts`: starts over all nodes, for the record. Raises `locks.Held` if another process works
    in the folder, and InputError if it cannot be written to.
    """
    with alone(folder.path, wait=False):
        if folder.done(tested=folder.metrics.name in files):
            return False
        draft = drafts.draft(folder.path)
        with writable(folder.path):
            shutil.rmtree(draft, ignore_errors=True)
            try:
                _write(files, draft)
                RunFolder(draft).write(attempts=attempts)
                _rename(sorted(files, key=lambda name: name == folder.record.name), draft, folder)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
    return True


def _rename(names: Sequence[str], draft: Path, folder: RunFolder) -> None:
    for name in names:
        target = folder.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (draft / name).replace(target)
    on_disk(folder.path)


def _write(files: Files, folder: Path) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        on_disk(path)
