"""Locks that are files, for disks whose file system has none.

The lock of FILE is a file `FILE.held` that names its process, which touches it every `_BEAT`
seconds. If that process is killed, the file stays and a waiting process takes it over: at once if
the owner ran on this machine, else after `_SILENT` seconds without a touch. Those seconds are
counted in polls of the waiting process, so that a disk or a process suspended for an hour counts as
one poll. A process that loses its lock in spite of this prints a warning.
"""

import os
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from plion.system import drafts

_BEAT = 20.0  # seconds from one touch to the next
_SILENT = 300.0
_POLL = 1.0  # seconds


class Held(Exception):
    """Another process holds the lock."""


def beside(path: Path) -> Path:
    """The lock file of a file."""
    return path.with_name(f"{path.name}.held")


@contextmanager
def held(path: Path, waiting: Callable[[str], None], *, wait: bool) -> Iterator[None]:
    """Hold a lock file; call `waiting` once if another process has it, and wait.

    With `wait=False`, raises Held instead, as soon as the owner is seen to be alive: at once on
    this machine, else when it touches the file.
    """
    own = f"{os.getpid()} {drafts.machine()} {secrets.token_hex(8)}\n"
    _take(path, own, waiting, wait=wait)
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


def taken(path: Path) -> bool:
    """Whether a lock file is there and its owner may be alive."""
    found = _seen(path)
    if found is None or _dead(found[0]):
        return False
    return _here(found[0]) or time.time() - found[1] / 1e9 < _SILENT


def _take(path: Path, own: str, waiting: Callable[[str], None], *, wait: bool) -> None:
    seen: tuple[str, int] | None = None
    silent = 0.0  # seconds of polling without a change, not of the clock
    while not _create(path, own):
        found = _seen(path)
        if found is None:
            time.sleep(_POLL / 100)
            continue
        if not wait and not _dead(found[0]) and (_here(found[0]) or seen not in (None, found)):
            raise Held
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
    return _here(content) and not drafts.alive(int(content.split()[0]))


def _here(content: str) -> bool:
    """Whether the lock's owner is or was a process of this machine."""
    words = content.split()
    return len(words) == 3 and words[0].isdigit() and words[1] == drafts.machine()


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
