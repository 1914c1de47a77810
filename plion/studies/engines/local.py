"""The engine of one machine: warm worker processes, each with its share of threads and devices."""

import os
from collections.abc import Sequence
from types import TracebackType

from plion.runs.folder import RunFolder
from plion.runs.reports import Reports
from plion.studies.engines.engine import Ended, Job, Reported
from plion.studies.engines.process import WorkerProcess

# Seconds from SIGTERM to SIGKILL: enough for a step and a checkpoint of 10 GB on a slow disk.
_PATIENCE = 600.0


class Local:
    """Runs jobs in `workers` processes of this machine; see `Engine`."""

    def __init__(self, workers: int) -> None:
        self._workers: list[WorkerProcess | None] = [None] * workers
        self._waiting: list[Job] = []
        self._reports: dict[Job, Reports] = {}
        self.patience: float | None = _PATIENCE

    def __enter__(self) -> "Local":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        workers = [worker for worker in self._workers if worker]
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait(self.patience)
            worker.close()
        self._workers = [None] * len(self._workers)

    def submit(self, job: Job) -> None:
        self._waiting.append(job)
        self._start()

    def reports(self) -> Sequence[Reported]:
        return [
            Reported(job, report)
            for job, unread in self._reports.items()
            for report in unread.new()
        ]

    def finished(self) -> Sequence[Ended]:
        ended = []
        for place, worker in enumerate(self._workers):
            if worker is None:
                continue
            if one := worker.poll():
                ended.append(one)
                self._reports.pop(one.job, None)
            if worker.spent:
                worker.wait(self.patience)
                worker.close()
                self._workers[place] = None
        self._start()
        return ended

    def cancel(self, job: Job) -> None:
        for worker in self._workers:
            if worker and worker.job == job:
                worker.cancel()

    def devices(self) -> Sequence[str]:
        return [f"worker {place}" for place in range(len(self._workers))]

    def _start(self) -> None:
        """Gives waiting jobs to idle workers."""
        for place, worker in enumerate(self._workers):
            if not self._waiting:
                return
            if worker is None:
                worker = self._workers[place] = WorkerProcess(self._environment(place))
            if worker.idle:
                job = self._waiting.pop(0)
                self._reports[job] = Reports(RunFolder(job.folder))
                worker.run(job)

    def _environment(self, place: int) -> dict[str, str]:
        """Threads are divided among workers; `trainer.threads` decides for torch."""
        share = max(1, (os.cpu_count() or 1) // len(self._workers))
        return {"OMP_NUM_THREADS": str(share), "PLION_PLACE": f"worker {place}"}
