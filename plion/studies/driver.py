"""Drives an engine: submits the jobs of a study, hears their reports, and stops in order."""

import signal
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain
from types import FrameType

from plion.runs.claims import busy
from plion.runs.folder import RunFolder
from plion.studies.engines.engine import BUSY, DONE, FAILED, REFUSED, Ended, Engine, Job, Reported
from plion.studies.jobs import current_folder
from plion.studies.limits import Limits
from plion.system import signals, slurm

_FINAL = (DONE, REFUSED, BUSY)  # statuses of jobs that are not run again
_POLL = 0.05  # seconds
_ASK = 3.0  # seconds between looks at runs that other processes have


@dataclass(frozen=True)
class Rules:
    """What a study asks of the driver, beside running its jobs.

    `retries`: how often a failed job is run again, after the others; a refused one is not.
    `limits`: of time and money; jobs that may not start are left out. `done`: whether the run of a
    job that another process had is finished now. `repeats` hears of each failure that is followed
    by another attempt, `idle` is called about 20 times a second. `patient`: waits for runs that
    other processes have; otherwise `finished` hears of them, with status BUSY.
    """

    retries: int = 0
    limits: Limits = field(default_factory=Limits)
    done: Callable[[Job], bool] = lambda _: False
    repeats: Callable[[Ended], None] = lambda _: None
    idle: Callable[[], None] = lambda: None
    patient: bool = True


def drive(
    engine: Engine,
    jobs: Sequence[Job],
    finished: Callable[[Ended], None],
    reported: Callable[[Reported], None] = lambda _: None,
    *,
    rules: Rules | None = None,
) -> list[Ended]:
    """Runs jobs on an engine that is open (`opened`); returns those that did not end with status 0.

    Calls `reported` and `finished` as they come; a failure does not stop the others. A job whose
    run another process holds is put aside until that process has finished it or let go of it.
    """
    here = _Drive(engine, jobs, finished=finished, reported=reported, rules=rules or Rules())
    return here.run()


class _Drive:
    """One call of `drive`: where each of its jobs is."""

    def __init__(
        self,
        engine: Engine,
        jobs: Sequence[Job],
        *,
        finished: Callable[[Ended], None],
        reported: Callable[[Reported], None],
        rules: Rules,
    ) -> None:
        self._engine, self._rules = engine, rules
        self._finished, self._reported = finished, reported
        self._waiting = deque(jobs)
        self._out: set[Job] = set()  # jobs that the engine has
        self._aside: list[Job] = []  # jobs whose runs other processes have
        self._asked = time.monotonic()
        self._failures: Counter[Job] = Counter()
        self._failed: list[Ended] = []

    def run(self) -> list[Ended]:
        while self._waiting or self._out or self._aside:
            self._submit()
            over = self._engine.finished()  # first: what these reported last comes next
            for one in self._engine.reports():
                self._reported(one)
            for ended in over:
                self._out.discard(ended.job)
                self._end(ended)
            self._ask()
            self._rules.idle()
            time.sleep(_POLL)
        return self._failed

    def _submit(self) -> None:
        """Gives the engine all jobs that wait, or under limits only as many as have a place."""
        limits = self._rules.limits
        while (self._room() if limits.given else 1) > 0 and self._waiting:
            job = self._waiting.popleft()
            limits.started(job)
            self._engine.submit(job)
            self._out.add(job)

    def _room(self) -> int:
        """How many more jobs have a place; forgets those that a limit does not let start.

        So it does with what the engine has and no place is for, as on a cluster without nodes.
        """
        like = next(chain(self._waiting, self._aside, self._out), None)
        places = len(self._engine.devices(like)) if like else 0
        room, begun = places - len(self._out), like in self._out
        if like and (not places or (room > 0 and not begun)) and not self._rules.limits.allow(like):
            self._waiting.clear()
            self._aside.clear()
            self._out = {one for one in self._out if self._engine.devices(one)}
        return room

    def _end(self, one: Ended) -> None:
        self._rules.limits.ended(one)
        if one.status == BUSY and self._rules.patient:
            self._aside.append(one.job)
        elif one.status not in _FINAL and self._failures[one.job] < self._rules.retries:
            self._failures[one.job] += 1
            self._waiting.append(one.job)
            self._rules.repeats(one)
        else:
            if one.status != DONE:
                self._failed.append(one)
            self._finished(one)

    def _ask(self) -> None:
        """Looks at what was put aside: it may have ended elsewhere, or be free again."""
        if not self._aside or time.monotonic() - self._asked < _ASK:
            return
        for job in list(self._aside):
            folder = current_folder(RunFolder(job.folder))
            if busy(folder.path):
                continue
            self._aside.remove(job)
            record = folder.read()
            if self._rules.done(job):
                self._end(Ended(job, DONE, 0.0))
            elif record.status == "failed":
                status = REFUSED if record.refused else FAILED
                self._end(Ended(job, status, 0.0, record.error or "failed in another process"))
            else:
                self._waiting.append(job)
        self._asked = time.monotonic()


@contextmanager
def opened(engine: Engine) -> Iterator[Engine]:
    """An engine for any number of calls of `drive`; leaving stops what still runs, in order.

    So do an interruption, SIGTERM, and a terminal that closes: its jobs save their checkpoints
    first. On SIGUSR1 in a SLURM job, whose time is nearly up, they get all remaining time for it,
    and the SLURM job is requeued, even if a job does not end in time and SLURM then kills this
    process.
    """
    warned = False
    with _signals_as_exits():
        try:
            with engine:
                try:
                    yield engine
                except (KeyboardInterrupt, SystemExit) as stop:
                    told = "plion: stopping; what runs saves a checkpoint first"
                    with suppress(OSError):  # the terminal may be gone
                        print(told, file=sys.stderr)
                    if isinstance(stop, _Warned):
                        warned = True
                        engine.patience = None
                    raise
        finally:
            if warned:
                slurm.requeue()


class _Warned(SystemExit):
    """Exit after SLURM's signal that the job's time is nearly up."""


def _signals_as_exits() -> AbstractContextManager[None]:
    """Makes these signals exit this process with status 128 + signal: SIGTERM, SIGHUP unless it is
    ignored (`nohup`), and SIGUSR1 in a SLURM job.
    """

    def heed(number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)  # only the first counts
        raise _Warned(128 + number)

    def hang_up(number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)  # a shell and its terminal both send it
        raise signals.Stopped(number)

    warned = {signal.SIGUSR1: heed} if slurm.in_job() else {}
    ignored = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    closed = {} if ignored else {signal.SIGHUP: hang_up}
    return signals.handled({signal.SIGTERM: signals.leave, **closed, **warned})
