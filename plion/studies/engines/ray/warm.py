"""The worker process that a Ray process keeps between its tasks, and ends when none comes.

Ray may give the same GPU to another of its processes next, which then needs the memory.
"""

import threading
from collections.abc import Mapping

from plion.studies.engines.process import WorkerProcess

_ENDING = 10.0  # seconds that a worker without a job may take to end


class Warm:
    """Keeps one worker; `seconds`: without a job, after which it is ended."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._kept: tuple[Mapping[str, str], WorkerProcess] | None = None
        self._taken = 0  # times, by which a timer knows whether it is the last one
        self._lock = threading.Lock()

    def take(self, environment: Mapping[str, str]) -> WorkerProcess:
        """The worker that is kept, or a new one if that has ended or has another environment.

        To be called by a thread that lives as long as the process; see `WorkerProcess`.
        """
        with self._lock:
            self._taken += 1
            if self._kept and self._kept[0] == environment and self._kept[1].idle:
                return self._kept[1]
            self._end()
            self._kept = environment, WorkerProcess(environment)
            return self._kept[1]

    def release(self) -> None:
        """Says that the worker's job has ended: it is ended too unless it is taken again soon."""
        timer = threading.Timer(self._seconds, self._end_unless_taken, [self._taken])
        timer.daemon = True
        timer.start()

    def _end_unless_taken(self, taken: int) -> None:
        with self._lock:
            if taken == self._taken:
                self._end()

    def _end(self) -> None:
        if self._kept:
            _, worker = self._kept
            worker.terminate()
            worker.wait(_ENDING)
            worker.close()
            self._kept = None
