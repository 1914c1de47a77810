"""Which folder a run has, and work in a folder that one process at a time may do."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from plion.errors import InputError
from plion.runs.folder import RunFolder
from plion.system import drafts, locks
from plion.system.files import writable


def locate(root: str | Path, name: str, hash8: str) -> RunFolder:
    """Where the run with this hash is or would be: under its own name, else under another's.

    The hash makes it the same run, whichever study asked for it first.
    """
    own = RunFolder(Path(root) / f"{name}-{hash8}")
    if not own.record.exists():
        for path in sorted(Path(root).glob(f"*-{hash8}")):
            if RunFolder(path).read().hash == hash8:
                return RunFolder(path)
    return own


def claim(root: str | Path, name: str, hash8: str) -> RunFolder:
    """The folder of the run with this hash, made if need be: to start, resume or use.

    A run that was killed stays `running` and is resumed as any unfinished one. Processes that
    claim a run at once, each under a name of its own, are given one folder. Raises InputError when
    the folder belongs to another configuration.
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
def alone(folder: Path) -> Iterator[None]:
    """Wait until no other process works in a folder, and keep others out until this one is done.

    The lock goes with the process, however that ends. What killed processes left of files that
    they were writing is removed. Raises InputError if the folder cannot be created or written to.
    """

    def waiting(how: str) -> None:
        print(f"waiting for another process to finish in {folder}{how}", file=sys.stderr)

    with writable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    with lock, locks.held(lock, waiting):
        run = RunFolder(folder)
        drafts.clear(folder)  # studies write configurations into folders of runs
        for own in (run.checkpoints, *(one.predictions("").parent for one in (run, run.forced))):
            drafts.clear(own, held=True)
        yield
