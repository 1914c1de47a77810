"""A job in a process of its own, which ends with it: for runs on several devices."""

import subprocess
import sys
import time
from collections.abc import Mapping

from plion.studies.engines.children import death, started, wait_or_kill
from plion.studies.engines.engine import FAILED, REFUSED, Ended, Job

_PLION = (sys.executable, "-m", "plion")


class ColdProcess:
    """Runs a job's command, which starts a process for each of its devices."""

    def __init__(self, job: Job, environment: Mapping[str, str]) -> None:
        """Starts the job; `environment`: variables to set beside those of this process."""
        self.job = job
        self._start = time.monotonic()
        job.log.parent.mkdir(parents=True, exist_ok=True)
        with job.log.open("ab") as log:
            self._process = started(
                (*_PLION, *job.command),
                environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def poll(self) -> Ended | None:
        """The job if it has ended."""
        status = self._process.poll()
        if status is None:
            return None
        told = "" if status in (0, FAILED, REFUSED) else death(status)  # else its log says why
        return Ended(self.job, status, time.monotonic() - self._start, told)

    def cancel(self) -> None:
        """Asks for an end after the next checkpoint."""
        self._process.terminate()

    terminate = cancel

    def kill(self) -> None:
        """Ends the process at once."""
        self._process.kill()

    def wait(self, seconds: float | None) -> None:
        """Waits for its end; kills it after so many seconds (None: never)."""
        wait_or_kill(self._process, seconds)

    def close(self) -> None:
        """Holds nothing to release."""
