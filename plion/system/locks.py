"""Exclusive file locks, also on file systems without lock support.

Uses flock or lockf where the file system has them: the system releases these when the process ends.
Some cluster disks have neither (Lustre without the option `flock`, NFS without its lock daemon).
There the lock is a file `NAME.held` that names its process, which touches it every `_BEAT` seconds.
If that process is killed, the file stays and a waiting process takes it over: at once if the owner
ran on this machine, else after `_SILENT` seconds without a touch. Those seconds are counted in
polls of the waiting process, so that a disk or a process suspended for an hour counts as one poll.
A process that loses its lock in spite of this prints a warning.
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
    """Hold the lock of an open file; call `waiting` once if another process has it, and wait.

    `waiting` receives a hint on how a lock file is released; an empty text for a system lock.
    """
    if _by_the_system(file, waiting):
        yield  # released when the file is closed or the process ends
    else:
        path = Path(file.name)
        with _by_a_file(path.with_name(f"{path.name}.held"), waiting):
            yield


def _by_the_system(file: IO[Any], waiting: Callable[[str], None]) -> bool:
    """Take a lock of the file system (True), or return False if it supports none."""
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
    silent = 0.0  # seconds of polling without a change, not of the clock
    while not _create(path, own):
        found = _seen(path)
        if found is None:
            time.sleep(_POLL / 100)
            continue
        if seen is None:
            waiting(f"; its lock {path} becomes free {_SILENT:.0f} s after that process is killed")
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
    """Content and modification time (ns) of a lock file; None if it has been released."""
    try:
        return _content(path), path.stat().st_mtime_ns
    except FileNotFoundError:
        return None


def _content(path: Path) -> str:
    with suppress(FileNotFoundError):
        return path.read_text(encoding="ascii", errors="replace")
    return ""


def _dead(content: str) -> bool:
    """Whether the lock's owner was a process of this machine and has ended."""
    words = content.split()
    here = len(words) == 3 and words[0].isdigit() and words[1] == drafts.machine()
    return here and not drafts.alive(int(words[0]))


def _break(path: Path, stale: tuple[str, int]) -> None:
    """Remove a stale lock; put it back if another process took or touched it meanwhile."""
    aside = drafts.draft(path)
    with suppress(FileNotFoundError):
        path.rename(aside)
        if _seen(aside) != stale:
            _give_back(aside, path)
        aside.unlink()


def _give_back(aside: Path, path: Path) -> None:
    """Restore a lock file with its time by a hard link, or write it anew without links."""
    try:
        os.link(aside, path)
    except FileExistsError:
        pass  # a third process was faster: `_beat` of the owner prints the warning
    except OSError:
        _create(path, _content(aside))


def _beat(path: Path, own: str, over: threading.Event) -> None:
    """Touch the lock file every `_BEAT` seconds while this process owns it."""
    while not over.wait(_BEAT):
        with suppress(OSError):  # a failing disk is reported by the writes that matter
            if (found := _content(path)) in (own, ""):  # empty: another process checks it now
                os.utime(path)
                continue
            print(
                f"plion: another process ({found.strip()}) has taken over {path}, because this one "
                f"did not touch it for {_SILENT:.0f} s: both write there now, stop one of them",
                file=sys.stderr,
            )
            return
