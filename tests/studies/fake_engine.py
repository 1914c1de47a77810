"""An engine for tests: runs jobs in this process, one after another, by a function."""

from collections.abc import Callable, Sequence
from typing import Any

from plion.runs.folder import RunFolder
from plion.runs.reports import Reports
from plion.studies.engines.engine import Ended, Job, Reported


class Here:
    """Runs jobs by `work`, which returns an exit status; `last_first`: the last submitted first."""

    patience: float | None = 600.0

    def __init__(self, work: Callable[[Job], int], *, last_first: bool = False) -> None:
        self.work = work
        self.last_first = last_first
        self.waiting: list[Job] = []
        self.ended: list[Ended] = []
        self.unread: list[Reported] = []
        self.cancelled: list[Job] = []

    def __enter__(self) -> "Here":
        return self

    def __exit__(self, *error: object) -> None:
        self.waiting.clear()

    def submit(self, job: Job) -> None:
        self.waiting.append(job)

    def reports(self) -> Sequence[Reported]:
        """Runs the next job; what it reported is heard before it is said to have ended."""
        if self.waiting:
            job = self.waiting.pop(-1 if self.last_first else 0)
            self.ended.append(Ended(job, self.work(job), 1.0))
            self.unread += [Reported(job, one) for one in Reports(RunFolder(job.folder)).new()]
        unread, self.unread = self.unread, []
        return unread

    def finished(self) -> Sequence[Ended]:
        ended, self.ended = self.ended, []
        return ended

    def cancel(self, job: Job) -> None:
        self.cancelled.append(job)

    def devices(self, like: Job) -> Sequence[str]:
        return ["here"]


def engine_of(work: Callable[[Job], int], **options: Any) -> Callable[[object], Here]:
    """Stands for `plion.studies.engine_choice.engine_of`."""
    return lambda _: Here(work, **options)
