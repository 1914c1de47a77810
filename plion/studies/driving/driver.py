"""Drives an engine: submits the jobs of a study, hears their reports, and repeats failures."""

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from plion.runs.claims import busy
from plion.runs.folder import RunFolder
from plion.studies.driving.jobs import current_folder
from plion.studies.driving.limits import Limits
from plion.studies.engines.engine import BUSY, DONE, FAILED, REFUSED, Ended, Engine, Job, Reported

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
        limited = self._rules.limits.given
        if limited:
            self._heed_limits()
        while self._waiting and (not limited or self._room(self._waiting[0]) > 0):
            job = self._waiting.popleft()
            self._rules.limits.started(job)
            self._engine.submit(job)
            self._out.add(job)
            if limited:
                self._heed_limits()

    def _room(self, like: Job) -> int:
        """How many more jobs like this one have a place, beside those that the engine has."""
        return len(self._engine.devices(like)) - len(self._out)

    def _heed_limits(self) -> None:
        """Forgets the jobs that do not run yet, if a limit does not let the next one start.

        The limits are asked when the next one has a place, and also where there is no place for it
        at all, as on a cluster without nodes: what the engine cannot place is then forgotten, too.
        """
        like = next(chain(self._waiting, self._aside, self._out), None)
        if like is None:
            return
        nowhere = not self._engine.devices(like)
        starts = like not in self._out and self._room(like) > 0
        if (nowhere or starts) and not self._rules.limits.allow(like):
            self._waiting.clear()
            self._aside.clear()
            self._out = {one for one in self._out if self._engine.devices(one)}

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
