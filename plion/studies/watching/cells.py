"""The runs of a study as their folders show them, read again only where something has changed."""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from plion.runs.claims import busy
from plion.runs.folder import RunFolder
from plion.runs.reports import Report, Reports
from plion.studies.watching.facts import Facts, read_facts

Standing = Literal["done", "pruned", "running", "failed", "stopped", "waiting"]
"""How a run stands. `pruned`: ended early by a sweep. `stopped`: begun and not ended, but without a
process that works on it."""

_RECORDED: dict[str, Standing] = {"done": "done", "running": "running", "failed": "failed"}
_SILENT = 120.0  # seconds without a report, after which a run that holds no lock counts as stopped


@dataclass
class Cell:
    """A run of a study, and what is known of it.

    `base`: whether it is the evaluation of the untrained base. `forced`: whether it is also decoded
    with the true language given. `tested`: whether it may be trained and its test sets not decoded
    yet, as the trial of an arm. `amount`: that it is held to, where these differ in the study;
    `trained`: of that, what it trains itself, about, where a trunk trains the rest.
    `ended`, `reason`: how a sweep has recorded its end. `report`: its last one. `error`: macro
    validation error in percent, of the last validation. `heard`: when it reported last, in seconds
    since 1970.
    """

    name: str
    hash8: str
    folder: RunFolder
    base: bool = False
    forced: bool = False
    tested: bool = False
    amount: float | None = None
    trained: float | None = None
    ended: Standing | None = None
    reason: str = ""
    standing: Standing = "waiting"
    facts: Facts = field(default_factory=Facts)
    report: Report | None = None
    error: float | None = None
    heard: float = 0.0
    settled: bool = False  # nothing of it changes any more
    _reports: Reports | None = None
    _seen: tuple[int, int] = (0, 0)  # of run.json: time in ns, bytes

    @property
    def place(self) -> str:
        """Where it ran last; empty if not known."""
        return self.report.place if self.report else ""

    def hear(self, report: Report) -> None:
        """Takes in a report that an engine gives as it comes."""
        self.heard = time.time()
        self._take(report)

    def look(self, folder: RunFolder | None) -> None:
        """Reads what is new in its folder; None if it has none yet."""
        if folder is not None:
            if folder != self.folder or self._reports is None:
                self.folder, self._reports, self._seen = folder, Reports(folder), (0, 0)
            self._read()
            if self.facts.status == "running":
                self._listen(self._reports)
        if self.ended:
            self.standing = self.ended
        self.settled = self.ended is not None or self.standing == "done"
        if self.settled or self.standing == "failed":
            self.report = self.report or Reports(self.folder).last()

    def _take(self, report: Report) -> None:
        self.report = report
        if report.error is not None:
            self.error = report.error

    def _read(self) -> None:
        try:
            state = self.folder.record.stat()
        except FileNotFoundError:
            self.standing, self._seen = "waiting", (0, 0)
            return
        if (seen := (state.st_mtime_ns, state.st_size)) == self._seen:
            return
        self._seen = seen
        self.facts = read_facts(self.folder.record)
        status = self.facts.status
        if status == "done" and not self._scored():
            status = None
        self.standing = _RECORDED.get(status or "", "waiting")

    def _scored(self) -> bool:
        """Whether the test sets are scored that may be left when the run says that it is done."""
        first = self.folder.scored if self.tested else True
        return first and (not self.forced or self.folder.forced.scored)

    def _listen(self, reports: Reports) -> None:
        """Takes in new reports of a running run, and sees whether a process works on it."""
        for report in reports.new():  # perhaps an old one
            self._take(report)
        try:  # another process may have heard it last
            self.heard = max(self.heard, self.folder.reports.stat().st_mtime)
        except FileNotFoundError:
            self.heard = max(self.heard, self._seen[0] / 1e9)
        at_work = busy(self.folder.path) or time.time() - self.heard < _SILENT
        self.standing = "running" if at_work else "stopped"


class Cells:
    """The runs of a study. `unknown`: how many there will be beside."""

    def __init__(self, root: Path, cells: Sequence[Cell], *, unknown: int = 0) -> None:
        self._root, self._cells, self.unknown = root, cells, unknown
        self._by_hash = {cell.hash8: cell for cell in reversed(cells)}

    def __iter__(self) -> Iterator[Cell]:
        return iter(self._cells)

    def hear(self, hash8: str, report: Report) -> None:
        """Takes in a report that an engine has given."""
        if cell := self._by_hash.get(hash8):
            cell.hear(report)

    def look(self) -> None:
        """Reads what is new of all runs that can change."""
        folders = self._folders()
        for cell in self._cells:
            if not cell.settled:
                cell.look(self._folder(cell, folders.get(cell.hash8, ())))

    def _folders(self) -> dict[str, list[str]]:
        """Names of the folders in the run root, by the hash that they end in."""
        found: dict[str, list[str]] = {}
        try:
            with os.scandir(self._root) as entries:
                for entry in entries:
                    found.setdefault(entry.name.rpartition("-")[2], []).append(entry.name)
        except FileNotFoundError:
            pass
        return found

    def _folder(self, cell: Cell, names: Sequence[str]) -> RunFolder | None:
        """The folder of a run: its own, or that of another study that began it."""
        own = cell.folder if cell.folder.path.name in names else None
        if len(names) < 2 and own:
            return own
        begun = [name for name in sorted(names) if (self._root / name / "run.json").exists()]
        if own and own.path.name in begun:
            return own
        return RunFolder(self._root / begun[0]) if begun else own
