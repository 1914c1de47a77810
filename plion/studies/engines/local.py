"""The engine of one machine: warm worker processes, each with its share of threads and devices."""

import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import TracebackType

from plion.runs.folder import RunFolder
from plion.runs.reports import Reports
from plion.studies.engines.cold import ColdProcess
from plion.studies.engines.devices import Device, devices, environment, named
from plion.studies.engines.engine import REFUSED, Ended, Job, Reported
from plion.studies.engines.process import WorkerProcess

# Seconds from SIGTERM to SIGKILL: enough for a step and a checkpoint of 10 GB on a slow disk.
_PATIENCE = 600.0


@dataclass
class _Place:
    """Where warm workers run, one after another, on the same device."""

    device: Device
    worker: WorkerProcess | None = None


class Local:
    """Runs `workers` jobs at a time in processes of this machine; see `Engine`.

    A job of one device runs in a warm worker, which keeps its device for life; where devices are
    fewer, workers share them. A job of several devices runs in a process of its own, once enough
    are free; jobs after it wait.
    """

    def __init__(self, workers: int) -> None:
        self.patience: float | None = _PATIENCE
        self._workers = workers
        self._waiting: list[Job] = []
        self._cold: dict[ColdProcess, list[Device]] = {}
        self._reports: dict[Job, Reports] = {}
        self._late: list[Reported] = []  # of jobs that have ended
        self._ended: list[Ended] = []

    def __enter__(self) -> "Local":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._waiting.clear()
        left: list[ColdProcess | WorkerProcess] = [*self._cold]
        left += [place.worker for place in self._places if place.worker]
        try:
            for process in left:
                process.terminate()
            end = None if self.patience is None else time.monotonic() + self.patience
            for process in left:
                process.wait(None if end is None else max(0.0, end - time.monotonic()))
        finally:  # also at a second Ctrl-C, which waits no longer
            for process in left:
                process.kill()
                process.close()
            self._cold.clear()
            for place in self._places:
                place.worker = None

    def submit(self, job: Job) -> None:
        self._waiting.append(job)
        self._start()

    def reports(self) -> Sequence[Reported]:
        late, self._late = self._late, []
        return [*late, *(one for job in self._reports for one in self._unread(job))]

    def finished(self) -> Sequence[Ended]:
        for place in self._places:
            if (worker := place.worker) is None:
                continue
            if one := worker.poll():
                self._end(one)
            if worker.spent and worker.ended:  # only then is its memory free
                worker.close()
                place.worker = None
        for process in list(self._cold):
            if one := process.poll():
                del self._cold[process]
                self._end(one)
        self._start()
        ended, self._ended = self._ended, []
        return ended

    def cancel(self, job: Job) -> None:
        if job in self._waiting:
            self._waiting.remove(job)
            self._ended.append(Ended(job, 128 + signal.SIGTERM, 0.0, "cancelled"))
        for process in (*self._cold, *(place.worker for place in self._places)):
            if process and process.job == job:
                process.cancel()

    def devices(self, like: Job) -> Sequence[str]:
        if like.devices == 1:
            return [place.device.name for place in self._places]
        needed = self._needed(like)
        count = min(len(self._devices) // needed, self._workers)
        own = (self._devices[needed * n : needed * (n + 1)] for n in range(count))
        return [named(devices) for devices in own]

    @cached_property
    def _devices(self) -> list[Device]:
        return devices(self._workers)

    @cached_property
    def _places(self) -> list[_Place]:
        """A place for each worker; after the last device comes the first again."""
        return [_Place(self._devices[n % len(self._devices)]) for n in range(self._workers)]

    @property
    def _on_cuda(self) -> bool:
        return self._devices[0].cuda is not None

    def _start(self) -> None:
        """Starts waiting jobs in their order, as long as devices are free."""
        while self._waiting:
            job = self._waiting[0]
            if self._on_cuda and not job.on_cpu and job.devices > len(self._devices):
                told = f"it needs {job.devices} devices, and this machine has {len(self._devices)}"
                self._ended.append(Ended(job, REFUSED, 0.0, told))
            elif self._started_cold(job) if job.devices > 1 else self._started_warm(job):
                self._reports[job] = Reports(RunFolder(job.folder))
            else:
                return
            self._waiting.pop(0)

    def _started_warm(self, job: Job) -> bool:
        """Gives a job to an idle worker, if possible one that is warm; False if none is idle."""
        lent = {device for own in self._cold.values() for device in own}
        idle = [
            place
            for place in self._places
            if place.device not in lent and (place.worker is None or place.worker.idle)
        ]
        if not idle or len(self._cold) + self._busy() >= self._workers:
            return False
        place = max(idle, key=lambda one: one.worker is not None)
        if place.worker is None:
            place.worker = WorkerProcess(environment([place.device], self._workers))
        place.worker.run(job)
        return True

    def _started_cold(self, job: Job) -> bool:
        """Starts a job of several devices in its own process; False if too few are free.

        On the processor its ranks share what is there.
        """
        used = set(self._used())
        free = [device for device in self._devices if device not in used]
        needed = self._needed(job)
        if len(free) < needed or len(self._cold) + self._busy() >= self._workers:
            return False
        own = free[:needed]
        self._cold[ColdProcess(job, environment(own, self._workers))] = own
        return True

    def _needed(self, job: Job) -> int:
        """How many devices a job takes; one that needs more than there are is started all the same,
        or refused then.
        """
        return min(job.devices, len(self._devices))

    def _busy(self) -> int:
        """How many warm workers run a job, or are about to end."""
        return sum(place.worker is not None and not place.worker.idle for place in self._places)

    def _used(self) -> Iterator[Device]:
        for place in self._places:
            if place.worker and not place.worker.idle:
                yield place.device
        for own in self._cold.values():
            yield from own

    def _end(self, one: Ended) -> None:
        self._late += self._unread(one.job)
        del self._reports[one.job]
        self._ended.append(one)

    def _unread(self, job: Job) -> list[Reported]:
        return [Reported(job, report) for report in self._reports[job].new()]
