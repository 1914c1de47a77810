"""How far a run has come while it runs: `reports.jsonl` in its folder, a line a report.

The run appends; whoever watches or prunes reads. A run that is resumed from a checkpoint repeats
the steps after it, and so reports them again, with equal validation errors.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any

from plion.runs.folder import RunFolder
from plion.system.kinds import made, misfit


@dataclass(frozen=True)
class Report:
    """A run's position: optimiser step of `steps`, what it consumed, how long it took.

    `held`: consumed so far, in the unit of the run's hold. `hours`: audio trained on. `seconds`: of
    training alone, over all attempts. `error`: macro validation error in percent, only in the
    report of a validation. `left`: estimated seconds to the end of training, None if not known yet.
    `place`: where it runs, as `worker 0`.
    """

    step: int
    steps: int
    held: float
    hours: float
    seconds: float
    error: float | None = None
    left: float | None = None
    place: str = ""


def append_report(folder: RunFolder, report: Report) -> None:
    """Adds a line to the run's reports, in one write, so that a reader sees whole lines."""
    line = json.dumps(asdict(report), ensure_ascii=False) + "\n"
    with folder.reports.open("ab") as file:
        file.write(line.encode())


_TAIL = 4096  # bytes in which a last report is looked for


class Reports:
    """Reads a run's reports from where the last reading ended."""

    def __init__(self, folder: RunFolder) -> None:
        self._path = folder.reports
        self._position = 0

    def new(self) -> list[Report]:
        """The reports since the last call; none if the run has not reported.

        Passes over lines that are no reports: a killed run's last line may be cut off.
        """
        try:
            with self._path.open("rb") as file:
                if file.seek(0, 2) < self._position:  # the run was begun anew
                    self._position = 0
                file.seek(self._position)
                whole, _, _ = file.read().rpartition(b"\n")
        except FileNotFoundError:
            return []
        if not whole:
            return []
        self._position += len(whole) + 1
        return [report for line in whole.split(b"\n") if (report := _report(line))]

    def last(self) -> Report | None:
        """The last report, wherever reading has come to; None if the run has not reported."""
        try:
            with self._path.open("rb") as file:
                file.seek(max(0, file.seek(0, 2) - _TAIL))
                lines = file.read().split(b"\n")
        except FileNotFoundError:
            return None
        return next(filter(None, map(_report, reversed(lines))), None)


def _report(line: bytes) -> Report | None:
    try:
        content: Any = json.loads(line)
    except ValueError:
        return None
    if not isinstance(content, dict) or misfit(content, Report):
        return None
    return made(Report, content)
