"""Locks that one process holds at a time, also on disks whose file system has none.

The system's own locks go with the process, however it ends. Some disks of clusters (Lustre without
the option `flock`, NFS without its lock daemon) have none. There a file is the lock: it names the
process, which touches it as long as it lives. It outlives a process that is killed. Then it is
taken over: at once where that process was on this machine, else after `_SILENT` seconds without a
touch, counted while the one that waits looks: a disk or a waiting process that stood still for an
hour has seen one look's worth of silence. A process that loses its lock all the same is told so.
"""

import errno
import fcntl
import os
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from plion.system import drafts

_NONE_HERE = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL)
_BEAT = 20.0  # seconds from one touch to the next
_SILENT = 300.0
_POLL = 1.0  # seconds


@contextmanager
def held(file: IO[Any], waiting: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of an open file; while another process has it, say so once and wait.

    `waiting` is given words on how the lock is let go, none for the system's own.
    """
    if _by_the_system(file, waiting):
        yield  # closing the file, or the end of the process, lets it go
    else:
        path = Path(file.name)
        with _by_a_file(path.with_name(f"{path.name}.held"), waiting):
            yield


def _by_the_system(file: IO[Any], waiting: Callable[[str], None]) -> bool:
    """Whether the file system has locks; then this one is held."""
    for take in (fcntl.flock, fcntl.lockf):
        try:
            try:
                take(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except (BlockingIOError, PermissionError):
                waiting("")
                take(file, fcntl.LOCK_EX)
            return True
        except OSError as error:
            if error.errno not in _NONE_HERE:
                raise
    return False


@contextmanager
def _by_a_file(path: Path, waiting: Callable[[str], None]) -> Iterator[None]:
    own = f"{os.getpid()} {drafts.machine()} {secrets.token_hex(8)}\n"
    _take(path, own, waiting)
    over = threading.Event()
    beating = threading.Thread(target=_beat, args=[path, own, over], daemon=True)
    beating.start()
    try:
        yield
    finally:
        over.set()
        beating.join()
        if _content(path) == own:
            path.unlink(missing_ok=True)


def _take(path: Path, own: str, waiting: Callable[[str], None]) -> None:
    seen: tuple[str, int] | None = None
    silent = 0.0  # seconds between looks, whatever the clock says meanwhile
    while not _create(path, own):
        found = _seen(path)
        if found is None:
            time.sleep(_POLL / 100)
            continue
        if seen is None:
            waiting(f"; {path} is its lock, free {_SILENT:.0f} s after that process was killed")
        if found != seen:
            seen, silent = found, 0.0
        if _dead(found[0]) or silent > _SILENT:
            _break(path, found)
        else:
            time.sleep(_POLL)
            silent += _POLL


def _create(path: Path, content: str) -> bool:
    try:
        with path.open("x", encoding="ascii") as file:
            file.write(content)
    except FileExistsError:
        return False
    return True


def _seen(path: Path) -> tuple[str, int] | None:
    """What a lock says, and when it was touched; None where it has been let go."""
    try:
        return _content(path), path.stat().st_mtime_ns
    except FileNotFoundError:
        return None


def _content(path: Path) -> str:
    with suppress(FileNotFoundError):
        return path.read_text(encoding="ascii", errors="replace")
    return ""


def _dead(content: str) -> bool:
    """Whether the lock is of a process of this machine that has ended."""
    words = content.split()
    here = len(words) == 3 and words[0].isdigit() and words[1] == drafts.machine()
    return here and not drafts.alive(int(words[0]))


def _break(path: Path, stale: tuple[str, int]) -> None:
    """Remove a lock that was left behind, and not one that another took or touched meanwhile."""
    aside = drafts.draft(path)
    with suppress(FileNotFoundError):
        path.rename(aside)
        if _seen(aside) != stale:
            _give_back(aside, path)
        aside.unlink()


def _give_back(aside: Path, path: Path) -> None:
    """With its time, where the file system has links; else anew."""
    try:
        os.link(aside, path)
    except FileExistsError:
        pass  # a third one was faster: who held the lock is told by `_beat`
    except OSError:
        _create(path, _content(aside))


def _beat(path: Path, own: str, over: threading.Event) -> None:
    """Touches a lock as long as it is this process's own."""
    while not over.wait(_BEAT):
        with suppress(OSError):  # a disk that fails now and then is told of where it matters
            if (found := _content(path)) in (own, ""):  # none: another looks whether it is stale
                os.utime(path)
                continue
            print(
                f"plion: another process ({found.strip()}) has taken over {path}, as this one did "
                "not touch it for long: both work there now, end one of them",
                file=sys.stderr,
            )
            return
