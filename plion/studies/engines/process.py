"""The parent's end of a worker process (`plion.training.worker`), which dies with its parent."""

import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass

from plion.studies.engines.engine import Ended, Job
from plion.system import slurm

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_ENTRY = (sys.executable, "-m", "plion.training.worker")


@dataclass
class _Running:
    job: Job
    number: int
    start: float


class WorkerProcess:
    """A worker process: takes one job at a time.

    `spent`: it has ended, or ends now, and takes no further job.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Starts the process; `environment`: variables to set beside those of this process."""
        answers, theirs = os.pipe()
        self._process = subprocess.Popen(
            [*_ENTRY, str(theirs)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs],
            env={**os.environ, slurm.OWNER: str(os.getpid()), **environment},
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )
        os.close(theirs)
        self._answers = answers
        self._unread = b""
        self._count = 0
        self._running: _Running | None = None
        self.spent = False

    @property
    def idle(self) -> bool:
        """Whether it could take a job now."""
        return self._running is None and not self.spent

    @property
    def job(self) -> Job | None:
        """The job that it runs."""
        return self._running.job if self._running else None

    def run(self, job: Job) -> None:
        """Starts a job; the worker must be idle."""
        assert self.idle
        self._count += 1
        self._running = _Running(job, self._count, time.monotonic())
        self._order(
            run=self._count,
            verb=job.verb,
            config=str(job.config),
            log=str(job.log),
            command=job.command,
        )

    def poll(self) -> Ended | None:
        """The running job if it has ended, also if the process died with it."""
        while select.select([self._answers], [], [], 0)[0]:
            read = os.read(self._answers, 65536)
            if not read:
                return self._died()
            *lines, self._unread = (self._unread + read).split(b"\n")
            for line in lines:
                if (ended := self._heard(json.loads(line))) is not None:
                    return ended
        return None

    def cancel(self) -> None:
        """Asks for an end of the running job after its next checkpoint."""
        if self._running:
            self._order(cancel=self._running.number)

    def terminate(self) -> None:
        """Asks the process to end, with a checkpoint of what it runs."""
        self._process.terminate()

    def wait(self, seconds: float | None) -> None:
        """Waits for its end; kills it after so many seconds (None: never)."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()

    def close(self) -> None:
        """Releases the pipe of answers, after the process has ended."""
        if self._answers >= 0:
            os.close(self._answers)
            self._answers = -1

    def _order(self, **content: object) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write((json.dumps(content) + "\n").encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # it died: `poll` says so

    def _heard(self, answer: Mapping[str, object]) -> Ended | None:
        if "ended" not in answer or self._running is None:
            return None
        running, self._running = self._running, None
        self.spent = bool(answer["spent"])
        status = answer["status"]
        assert isinstance(status, int)
        seconds = time.monotonic() - running.start
        return Ended(running.job, status, seconds, str(answer["told"]))

    def _died(self) -> Ended | None:
        status = self._process.wait()
        running, self._running, self.spent = self._running, None, True
        if running is None:
            return None
        seconds = time.monotonic() - running.start
        return Ended(running.job, status, seconds, _death(status))


def _death(status: int) -> str:
    if status < 0:
        name = signal.Signals(-status).name
        hint = " (out of memory?)" if -status == signal.SIGKILL else ""
        return f"its process was ended by {name}{hint}"
    return f"its process ended with status {status}"


def _die_with_parent() -> None:
    """In the child: asks Linux to kill it when the parent dies, even by SIGKILL."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
