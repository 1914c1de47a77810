"""The parent's end of a worker process (`plion.training.worker`), which dies with its parent."""

import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from plion.errors import Failed
from plion.studies.engines.children import death, started, wait_or_kill
from plion.studies.engines.engine import Ended, Job

_ENTRY = (sys.executable, "-m", "plion.training.worker")


@dataclass
class _Running:
    job: Job
    number: int
    start: float
    cancelled: bool = False


class WorkerProcess:
    """A worker process: takes one job at a time.

    `spent`: it has ended, or ends now, and takes no further job. Create it in a thread that lives
    as long as it shall.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Starts the process; `environment`: variables to set beside those of this process."""
        self._answers, theirs = os.pipe()
        # What it prints outside of jobs. Closed by `close`.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = started(
            (*_ENTRY, str(theirs)),
            environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            kept=[theirs],
        )
        os.close(theirs)
        self._unread = b""
        self._count = 0
        self._ready = False
        self._running: _Running | None = None
        self.spent = False

    @property
    def idle(self) -> bool:
        """Whether it could take a job now."""
        return self._running is None and not self.spent

    @property
    def ended(self) -> bool:
        """Whether the process has ended."""
        return self._process.poll() is not None

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
        """The running job if it has ended, also if the process died with it.

        Raises Failed if no worker can start here: it ended by itself before it was ready.
        """
        dead = self.ended  # first: what it said before it died is read below
        while select.select([self._answers], [], [], 0)[0]:
            read = os.read(self._answers, 65536)
            if not read:
                dead = True
                break
            *lines, self._unread = (self._unread + read).split(b"\n")
            for line in lines:
                if (ended := self._heard(json.loads(line))) is not None:
                    return ended
        return self._died() if dead else None

    def cancel(self) -> None:
        """Asks for an end of the running job after its next checkpoint."""
        if self._running and not self._running.cancelled:
            self._running.cancelled = True
            self._order(cancel=self._running.number)

    def terminate(self) -> None:
        """Asks the process to end, with a checkpoint of what it runs."""
        self._process.terminate()
        self._hang_up()

    def kill(self) -> None:
        """Ends the process at once."""
        self._process.kill()

    def wait(self, seconds: float | None) -> None:
        """Waits for its end; kills it after so many seconds (None: never)."""
        wait_or_kill(self._process, seconds)

    def close(self) -> None:
        """Releases its pipes and files; a process that is idle then ends."""
        self._hang_up()
        self._errors.close()
        if self._answers >= 0:
            os.close(self._answers)
            self._answers = -1

    def _order(self, **content: object) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it died: `poll` says so
            self._process.stdin.write((json.dumps(content) + "\n").encode())
            self._process.stdin.flush()

    def _hang_up(self) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # of an order that it did not live to read
            self._process.stdin.close()

    def _heard(self, answer: Mapping[str, object]) -> Ended | None:
        self._ready = True
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
        if status > 0 and not self._ready:
            raise Failed(f"worker processes cannot start: {self._last_words() or death(status)}")
        seconds = time.monotonic() - running.start
        return Ended(running.job, status, seconds, death(status))

    def _last_words(self) -> str:
        """The last line that the process printed, as the error in a traceback."""
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").splitlines()
        return next((line.strip() for line in reversed(lines) if line.strip()), "")
