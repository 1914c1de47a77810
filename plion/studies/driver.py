"""Drives an engine: submits the jobs of a study, hears their reports, and stops in order."""

import signal
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from types import FrameType

from plion.studies.engines.engine import Ended, Engine, Job, Reported
from plion.system import signals, slurm

_POLL = 0.05  # seconds


def drive(
    engine: Engine,
    jobs: Sequence[Job],
    finished: Callable[[Ended], None],
    reported: Callable[[Reported], None] = lambda _: None,
) -> list[Ended]:
    """Runs jobs on an engine; returns those that did not end with status 0.

    Calls `reported` and `finished` as they come; a failure does not stop the others. When this
    process is interrupted or terminated, the engine stops its jobs first. On SIGUSR1 in a SLURM
    job, whose time is nearly up, the jobs get all remaining time to save their checkpoints, and
    the SLURM job is requeued.
    """
    failed: list[Ended] = []
    left = len(jobs)
    with _signals_as_exits():
        try:
            with engine:
                for job in jobs:
                    engine.submit(job)
                while left:
                    for one in engine.reports():
                        reported(one)
                    for ended in engine.finished():
                        left -= 1
                        if ended.status:
                            failed.append(ended)
                        finished(ended)
                    time.sleep(_POLL)
        except _Warned:
            slurm.requeue()
            raise
    return failed


class _Warned(SystemExit):
    """Exit after SLURM's signal that the job's time is nearly up."""


def _signals_as_exits() -> AbstractContextManager[None]:
    """Makes SIGTERM, and SIGUSR1 in a SLURM job, exit this process with status 128 + signal."""

    def heed(number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)  # only the first counts
        raise _Warned(128 + number)

    warned = {signal.SIGUSR1: heed} if slurm.in_job() else {}
    return signals.handled({signal.SIGTERM: signals.leave, **warned})
