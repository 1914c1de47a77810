"""Child processes of an engine, which die with it, and how they ended."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import IO

from plion.system import slurm

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_SHELL = 128  # a status above it is that of a program stopped by a signal


def started(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    stdin: int,
    stdout: int | IO[bytes],
    stderr: int | IO[bytes],
    kept: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Starts a child with further variables; Linux kills it when the calling thread ends.

    It ignores what a terminal sends to all processes, at Ctrl-C and when it closes: its parent
    stops it in order.
    `kept`: file descriptors that it inherits.
    """
    return subprocess.Popen(
        command,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        pass_fds=kept,
        env={**os.environ, slurm.OWNER: str(os.getpid()), **environment},
        preexec_fn=_prepare,
    )


def wait_or_kill(process: subprocess.Popen[bytes], seconds: float | None) -> None:
    """Waits for a child's end; kills it after so many seconds (None: never)."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def death(status: int) -> str:
    """A sentence on a process that ended with this status, minus the signal's number if killed."""
    number = -status if status < 0 else status - _SHELL
    names = {one.value: one.name for one in signal.Signals}
    if number in names:
        hint = " (out of memory?)" if number == signal.SIGKILL else ""
        return f"its process was ended by {names[number]}{hint}"
    return f"its process ended with status {status}"


def _prepare() -> None:
    """In the child, before its program: it ignores the terminal, and dies with its parent."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if sys.platform == "linux":
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
