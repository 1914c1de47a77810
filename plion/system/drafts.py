"""Drafts: names of files still being written, and removal of those that killed processes left.

A draft lies beside its file as `.NAME.PID-MACHINE.part`. MACHINE tells apart equal process numbers
of different machines on a shared disk.
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
_LONG = 100  # bytes of a name, above which a draft's name has a digest instead
_OLD = 3600.0  # seconds without a change after which another machine's draft counts as stale


def draft(path: Path) -> Path:
    """The path that this process writes a file under until it is complete.

    The draft's name is short enough for file systems with 143 bytes a name, not only 255.
    """
    name = os.fsencode(path.name)
    short = path.name if len(name) <= _LONG else hashlib.sha256(name).hexdigest()[:16]
    return path.with_name(f".{short}.{os.getpid()}-{machine()}.part")


@cache
def machine() -> str:
    """Eight hex digits that identify this boot of this machine, and this container in it.

    A digest, so that the machine's name is not disclosed.
    """
    told = [socket.gethostname()]
    with suppress(OSError):  # only on Linux
        told.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii"))
        told.append(os.readlink("/proc/self/ns/pid"))
    return hashlib.sha256("\n".join(told).encode(errors="surrogateescape")).hexdigest()[:8]


def alive(process: int) -> bool:
    """Whether a process of this machine is running."""
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # it is another user's
        return True
    return True


def clear(folder: Path, *, held: bool = False) -> None:
    """Remove stale drafts from a folder.

    `held`: this process holds the folder's lock, so every draft in it is stale, also those without
    MACHINE (without the lock such a file may belong to another program).
    """
    # If the folder is unreadable, the write that follows gives the better message.
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if found := _DRAFT.fullmatch(entry.name):
                _remove(Path(entry.path), int(found[1]), found[2], held=held)


@cache
def clear_once(folder: Path) -> None:
    """`clear`, once per process and folder: listing a large folder is slow."""
    clear(folder)


def _remove(path: Path, process: int, where: str | None, *, held: bool) -> None:
    with suppress(OSError):  # another process removed it, or permissions are lacking: harmless
        if not held and (where is None or _at_work(process, where, path)):
            return
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _at_work(process: int, where: str, path: Path) -> bool:
    """Whether a draft's process is alive; on another machine, whether it wrote in the last hour."""
    if where == machine():
        return alive(process)
    return time.time() - _written(path) < _OLD


def _written(path: Path) -> float:
    """When a file, or anything in a folder, was last written to."""
    below: Iterable[Path] = path.rglob("*") if path.is_dir() and not path.is_symlink() else ()
    return max(one.lstat().st_mtime for one in (path, *below))
