"""Limits on the time and money of one call of `plion ablate`."""

import time
from collections.abc import Mapping

from plion.errors import InputError
from plion.studies.engines.engine import DONE, Ended, Job
from plion.typesetting.amounts import duration, money


class Limits:
    """Says whether another job may start within `--max-hours` and `--max-cost`.

    A job is expected to take as long as the trainings that have ended did on average, in proportion
    to its held amount; one that only decodes, of amount 0, to take no time. `stopped` says why no
    further one may start, empty if one may.
    """

    def __init__(
        self,
        hours: float | None = None,
        cost: float | None = None,
        prices: Mapping[str, float | None] | None = None,
        *,
        amounts: Mapping[str, float] | None = None,
    ) -> None:
        """`prices`: an hour's, by the jobs' names; `amounts`: that they are held to.

        Raises InputError for a limit on cost if a job has no price.
        """
        self._hours, self._cost, self._prices = hours, cost, prices or {}
        self._amounts = amounts or {}
        unpriced = [name for name, price in self._prices.items() if price is None]
        if cost is not None and unpriced:
            raise InputError(
                f"--max-cost needs the price of every run, and {unpriced[0]} has none: set "
                "trainer.price_per_hour"
            )
        self._begun = time.monotonic()
        self._running: dict[Job, float] = {}
        self._ended = self._trained = 0.0  # of jobs that ended: hours, amounts
        self._paid = 0.0
        self.stopped = ""

    def expect(self, amounts: Mapping[str, float]) -> None:
        """Takes other amounts than before for some jobs, by name: 0 of one that only decodes."""
        self._amounts = {**self._amounts, **amounts}

    @property
    def given(self) -> bool:
        """Whether there is a limit."""
        return self._hours is not None or self._cost is not None

    def allow(self, job: Job) -> bool:
        """Whether a job may start now."""
        if not self.stopped:
            self.stopped = self._over_hours(job) or self._over_cost(job)
        return not self.stopped

    def started(self, job: Job) -> None:
        """Notes that a job has been given to an engine with a free place."""
        self._running[job] = time.monotonic()

    def ended(self, one: Ended) -> None:
        """Notes the end of a job; others are expected to take as long if it was done here."""
        self._running.pop(one.job, None)
        self._paid += self._price(one.job) * one.seconds / 3600
        trained = one.job.verb == "train" and self._amount(one.job) > 0
        if one.status == DONE and one.seconds and trained:
            self._ended += one.seconds / 3600
            self._trained += self._amount(one.job)

    def _expected(self, job: Job) -> float:
        """Hours of a job; 0 before one has ended."""
        return self._ended / self._trained * self._amount(job) if self._trained else 0.0

    def _amount(self, job: Job) -> float:
        return self._amounts.get(job.name, 1.0)

    def _over_hours(self, job: Job) -> str:
        if self._hours is None:
            return ""
        so_far = (time.monotonic() - self._begun) / 3600
        expected = self._expected(job)
        if so_far < self._hours and so_far + expected <= self._hours:
            return ""
        return (
            f"--max-hours {self._hours:g}: {duration(so_far)} so far, and the next run takes about "
            f"{duration(expected)}"
        )

    def _over_cost(self, job: Job) -> str:
        if self._cost is None:
            return ""
        now = time.monotonic()
        owed = sum(
            self._price(one) * max((now - start) / 3600, self._expected(one))
            for one, start in self._running.items()
        )
        so_far, next_one = self._paid + owed, self._price(job) * self._expected(job)
        if so_far < self._cost and so_far + next_one <= self._cost:
            return ""
        return (
            f"--max-cost {self._cost:g}: {money(so_far)} with what is running, and the next run "
            f"costs about {money(next_one)}"
        )

    def _price(self, job: Job) -> float:
        return self._prices.get(job.name) or 0.0
