"""The progress of `plion ablate` itself: the page of `plion watch`, or lines."""

import sys
import time
from collections.abc import Sequence
from types import TracebackType

from plion.studies.engines.engine import DONE, Ended, Reported
from plion.studies.watching.display import Display
from plion.studies.watching.estimate import state_of
from plion.studies.watching.reading import StudyFile
from plion.typesetting.amounts import duration


class Progress:
    """Shows a study on standard error while it is driven.

    Where that is no terminal, says each run that ends, and a line a minute.
    """

    def __init__(self, study: StudyFile, todo: int, done: int) -> None:
        """`todo`: the number of runs that are to be run; `done`: of those that need not be."""
        self._file, self._todo, self._done = study, todo, done
        self._display = Display(sys.stderr)
        self._ended = 0
        self._begun = time.monotonic()
        self.places: Sequence[str] = ()  # where runs can run

    def __enter__(self) -> "Progress":
        runs = "1 run" if self._todo == 1 else f"{self._todo:,} runs"
        self._display.say(f"{runs} to do, {self._done:,} done or shared")
        self._display.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None and self._display.live:
            self._show()
        self._display.__exit__(kind, error, trace)

    def reported(self, one: Reported) -> None:
        self._file.cells.hear(one.job.hash8, one.report)

    def repeats(self, one: Ended) -> None:
        """A run has failed and will be run again."""
        self._display.say(f"{one.job.name} FAILED ({one.told}), will be run again")

    def finished(self, one: Ended) -> None:
        self._ended += 1
        outcome = "done" if one.status == DONE else f"FAILED (exit {one.status})"
        if one.status == DONE and self._display.live:
            return
        self._display.say(
            f"[{self._ended}/{self._todo}] {one.job.name} {outcome} in "
            f"{duration(one.seconds / 3600)}; {duration(self._hours())} so far{self._left()}"
        )

    def idle(self) -> None:
        """Looks at the runs and shows them where that is due."""
        if self._display.due:
            self._show()

    def _show(self) -> None:
        self._display.show(state_of(*self._file.read(), self.places))

    def _hours(self) -> float:
        return (time.monotonic() - self._begun) / 3600

    def _left(self) -> str:
        left = self._hours() / self._ended * (self._todo - self._ended)
        return f", about {duration(left)} left"
