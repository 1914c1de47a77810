"""The side actor of a Ray study: what its tasks report, and which of them shall stop.

It lives beside the driver and dies with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Started:
    """A job has started on a node, for the `attempt`-th time under this driver.

    `shared`: whether the node sees the driver's run folders.
    """

    number: int
    attempt: int
    node: str
    shared: bool


@dataclass
class News:
    """What has come since the last look: starts, and reports by number of the job."""

    started: list[Started] = field(default_factory=list)
    reports: list[tuple[int, Mapping[str, Any]]] = field(default_factory=list)


class Board:
    """Jobs are known by their number at the driver.

    Ray runs a task again when its node is lost. If that node was only silent, two attempts run at
    once: the earlier one is told to stop.
    """

    def __init__(self) -> None:
        self._news = News()
        self._attempts: dict[int, int] = {}
        self._stopped: set[int] = set()
        self._closed = False

    def begin(self, number: int, node: str, *, shared: bool) -> int:
        """Notes the start of a job; returns which attempt it is, or 0 if it shall not start."""
        if self._closed or number in self._stopped:
            return 0
        self._attempts[number] = self._attempts.get(number, 0) + 1
        self._news.started.append(Started(number, self._attempts[number], node, shared))
        return self._attempts[number]

    def hear(self, number: int, attempt: int, reports: Sequence[Mapping[str, Any]]) -> bool:
        """Takes an attempt's reports; returns whether it shall stop."""
        if attempt < self._attempts[number]:
            return True
        self._news.reports += [(number, one) for one in reports]
        return self._closed or number in self._stopped

    def news(self) -> News:
        """What has come since the last call."""
        news, self._news = self._news, News()
        return news

    def stop(self, number: int) -> None:
        """Lets a job stop after its next checkpoint, or not start."""
        self._stopped.add(number)

    def close(self) -> None:
        """Lets all jobs stop after their next checkpoints; none starts any more."""
        self._closed = True
