"""Find or create the folder of a run, and lock a folder for one process."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from plion.errors import InputError
from plion.runs.folder import RunFolder
from plion.runs.root import RunRoot
from plion.system import drafts
from plion.system.files import writable
from plion.system.folders import put_back
from plion.system.locking import locks

_LOCK = ".lock"


def locate(root: str | Path, name: str, hash8: str) -> RunFolder:
    """The folder of the run with this hash: under this name, else under another study's name.

    Runs with equal hashes are the same run. The folder need not exist.
    """
    return RunRoot(root).locate(name, hash8)


def claim(root: str | Path, name: str, hash8: str) -> RunFolder:
    """Find or create the folder of the run with this hash, to start, resume or use it.

    Processes that claim the same run at once, even under different names, get the same folder. A
    run that was killed has status `running` and is resumed like any unfinished one. Raises
    InputError if the folder belongs to another configuration.
    """
    with alone(Path(root)):
        folder = locate(root, name, hash8)
        with writable(folder.path):
            folder.path.mkdir(parents=True, exist_ok=True)
        found = folder.read().hash
        if found is None:
            folder.write(name=name, hash=hash8)
    if found not in (None, hash8):
        raise InputError(
            f"{folder.path} belongs to another configuration (hash {found}, not {hash8}); "
            "move it away or choose another name"
        )
    return folder


@contextmanager
def alone(folder: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold the lock of a folder; if another process has it, wait, or raise `locks.Held`.

    The lock is released when the process ends, however it does. Removes drafts left by killed
    processes, and restores an export that one of them had set aside. Raises InputError if the
    folder cannot be created or written to.
    """

    def waiting(how: str) -> None:
        print(f"waiting for another process to finish in {folder}{how}", file=sys.stderr)

    with writable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / _LOCK).open("w")
    with lock, locks.held(lock, waiting, wait=wait):
        run = RunFolder(folder)
        drafts.clear(folder)  # studies write configurations into folders of runs
        shared = run.checkpoints.is_symlink()  # with processes that this lock does not hold off
        drafts.clear(run.checkpoints, held=not shared)
        put_back(run.export)
        for own in (run, run.forced):
            drafts.clear(own.predictions("").parent, held=True)
        yield


def busy(folder: Path) -> bool:
    """Whether a process works in a folder now (`alone`)."""
    return locks.taken(folder / _LOCK)
