"""Exclusive file locks, also on file systems without lock support.

Uses flock or lockf where the file system has them: the system releases these when the process ends.
Some cluster disks have neither (Lustre without the option `flock`, NFS without its lock daemon);
there the lock is a file of its own (`plion.system.locking.lock_files`).
"""

import errno
import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from plion.system.locking import lock_files
from plion.system.locking.lock_files import Held

_LOOKS, _LOOK = 5, 0.05  # how often a lock that is taken is tried again, after how many seconds
_NONE_HERE = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL)


@contextmanager
def held(file: IO[Any], waiting: Callable[[str], None], *, wait: bool = True) -> Iterator[None]:
    """Hold the lock of an open file; call `waiting` once if another process has it, and wait.

    `waiting` receives a hint on how a lock file is released; an empty text for a system lock. With
    `wait=False`, raises Held instead.
    """
    if _by_the_system(file, waiting, wait=wait):
        yield  # released when the file is closed or the process ends
    else:
        with lock_files.held(lock_files.beside(Path(file.name)), waiting, wait=wait):
            yield


def taken(path: Path) -> bool:
    """Whether a process holds the lock of a file, which need not exist."""
    if lock_files.taken(lock_files.beside(path)):
        return True
    try:
        with path.open("rb") as file:
            return _taken_by_the_system(file)
    except FileNotFoundError:
        return False


def _by_the_system(file: IO[Any], waiting: Callable[[str], None], *, wait: bool) -> bool:
    """Take a lock of the file system (True), or return False if it supports none."""
    for take in (fcntl.flock, fcntl.lockf):
        try:
            try:
                take(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except (BlockingIOError, PermissionError):
                if wait:
                    waiting("")
                    take(file, fcntl.LOCK_EX)
                elif not _free_soon(take, file):
                    raise Held from None
            return True
        except OSError as error:
            if error.errno not in _NONE_HERE:
                raise
    return False


def _free_soon(take: Callable[[IO[Any], int], None], file: IO[Any]) -> bool:
    """Take a lock that another process had only to see whether it is `taken`."""
    for _ in range(_LOOKS):
        time.sleep(_LOOK)
        with suppress(BlockingIOError, PermissionError):
            take(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    return False


def _taken_by_the_system(file: IO[Any]) -> bool:
    """Try a shared lock, which only an exclusive one prevents; closing the file releases it."""
    for take in (fcntl.flock, fcntl.lockf):
        try:
            take(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False
        except (BlockingIOError, PermissionError):
            return True
        except OSError as error:
            if error.errno not in _NONE_HERE:
                raise
    return False
