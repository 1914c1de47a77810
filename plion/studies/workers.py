"""Runs a queue of commands in parallel processes, which end when this process ends."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from plion.system import signals, slurm

# Seconds from SIGTERM to SIGKILL: enough for a step and a checkpoint of 10 GB on a slow disk.
_PATIENCE = 600.0
_POLL = 0.05  # seconds
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass(frozen=True)
class Job:
    """A command; its stdout and stderr go to `log`."""

    name: str
    command: tuple[str, ...]
    log: Path


def run_all(
    jobs: Sequence[Job], workers: int, finished: Callable[[Job, int, float], None]
) -> list[Job]:
    """Runs jobs in order, `workers` at a time; returns the failed ones.

    Calls `finished(job, exit status, seconds)` as each ends; a failure does not stop the others.
    When this process is interrupted or terminated, it terminates its jobs first. On SIGUSR1 in a
    SLURM job, whose time is nearly up, the jobs get all remaining time to save their checkpoints,
    and the SLURM job is requeued.
    """
    waiting = list(jobs)
    running: dict[subprocess.Popen[bytes], tuple[Job, float]] = {}
    failed = []
    with _signals_as_exits():
        try:
            while waiting or running:
                while waiting and len(running) < workers:
                    job = waiting.pop(0)
                    running[_start(job)] = (job, time.monotonic())
                for process in [p for p in running if p.poll() is not None]:
                    job, start = running.pop(process)
                    if process.returncode != 0:
                        failed.append(job)
                    finished(job, process.returncode, time.monotonic() - start)
                time.sleep(_POLL)
        except _Warned:
            try:
                _stop(list(running), patience=None)
            finally:  # also when SLURM's time is over
                slurm.requeue()
            raise
        finally:
            _stop(list(running), _PATIENCE)
    return failed


def _start(job: Job) -> subprocess.Popen[bytes]:
    job.log.parent.mkdir(parents=True, exist_ok=True)
    with job.log.open("ab") as log:
        return subprocess.Popen(
            job.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, slurm.OWNER: str(os.getpid())},
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )


def _stop(processes: Sequence[subprocess.Popen[bytes]], patience: float | None) -> None:
    """Terminates processes; kills those that run longer than `patience` seconds (None: never)."""
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + (patience or 0.0)
    for process in processes:
        try:
            process.wait(patience and max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _die_with_parent() -> None:
    """In the child: asks Linux to kill it when the parent dies, even by SIGKILL."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class _Warned(SystemExit):
    """Exit after SLURM's signal that the job's time is nearly up."""


def _signals_as_exits() -> AbstractContextManager[None]:
    """Makes SIGTERM, and SIGUSR1 in a SLURM job, exit this process with status 128 + signal."""

    def heed(number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)  # only the first counts
        raise _Warned(128 + number)

    warned = {signal.SIGUSR1: heed} if slurm.in_job() else {}
    return signals.handled({signal.SIGTERM: signals.leave, **warned})
