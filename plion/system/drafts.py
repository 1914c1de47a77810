"""Drafts: what a file is called until it is whole, and how those of killed processes are cleared.

A draft lies beside its file as `.NAME.PID-MACHINE.part`. MACHINE stands for where process numbers
count: on a disk that machines share, another's process must not be taken for one of ours.
"""

import hashlib
import os
import re
import shutil
import socket
import time
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

_DRAFT = re.compile(r"\..+\.(\d+)(?:-([0-9a-f]{8}))?\.part", re.DOTALL)  # earlier ones lack MACHINE
_LONG = 100  # bytes of a name, from which on a draft has a digest in its place
_OLD = 3600.0  # seconds without a change after which another machine's draft counts as left behind


def draft(path: Path) -> Path:
    """Where this process writes a file until it is whole.

    The name fits where that of the file does: file systems allow 255 bytes, some 143.
    """
    name = os.fsencode(path.name)
    short = path.name if len(name) <= _LONG else hashlib.sha256(name).hexdigest()[:16]
    return path.with_name(f".{short}.{os.getpid()}-{machine()}.part")


@cache
def machine() -> str:
    """Eight hex digits for this machine since it was started, and within it for this container.

    They tell nobody its name.
    """
    told = [socket.gethostname()]
    with suppress(OSError):  # Linux alone has them
        told.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii"))
        told.append(os.readlink("/proc/self/ns/pid"))
    return hashlib.sha256("\n".join(told).encode(errors="surrogateescape")).hexdigest()[:8]


def alive(process: int) -> bool:
    """Whether a process of this machine has not ended."""
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # it is another user's
        return True
    return True


def clear(folder: Path, *, held: bool = False) -> None:
    """Remove the drafts in a folder that nobody is writing any more.

    `held`: this process holds the lock without which nobody writes there, so that all count, also
    those without MACHINE: elsewhere other programs may have files of such names.
    """
    # What keeps a folder from being read, the writing that comes next tells better.
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if found := _DRAFT.fullmatch(entry.name):
                _remove(Path(entry.path), int(found[1]), found[2], held=held)


@cache
def clear_once(folder: Path) -> None:
    """`clear`, the first time that this process writes there: folders may be large."""
    clear(folder)


def _remove(path: Path, process: int, where: str | None, *, held: bool) -> None:
    with suppress(OSError):  # another process clears too, or this one may not: nothing is lost
        if not held and (where is None or _at_work(process, where, path)):
            return
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _at_work(process: int, where: str, path: Path) -> bool:
    """Whether a draft's process is alive; of another machine's, whether it has written of late."""
    if where == machine():
        return alive(process)
    return time.time() - _written(path) < _OLD


def _written(path: Path) -> float:
    """When a file, or anything in a folder, was last written to."""
    below: Iterable[Path] = path.rglob("*") if path.is_dir() and not path.is_symlink() else ()
    return max(one.lstat().st_mtime for one in (path, *below))
