"""A job that is with Ray, and what the driver does with its start, its reports and its end."""

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from plion.errors import first_line, sentence
from plion.runs.checkpoint_folder import keep_checkpoints_in
from plion.runs.claims import alone
from plion.runs.folder import RunFolder
from plion.runs.reports import Report, append_report
from plion.studies.engines.engine import BUSY, DONE, FAILED, Ended, Job, Reported
from plion.studies.engines.ray.board import Started
from plion.studies.engines.ray.contents import Contents
from plion.studies.engines.ray.nodes import needs_of
from plion.studies.engines.ray.order import Order, Outcome
from plion.studies.engines.ray.returned import check_names, place
from plion.system.files import atomic_write, writable
from plion.system.locking.locks import Held

_CRASHES = 5  # of a job's process, with no progress between, after which it is not sent again


@dataclass
class Sent:
    """A job that is with Ray.

    `before`: its attempts under earlier drivers; `attempts`: under this one. `apart`: it runs on a
    node that does not see the driver's run root. `node`: the id of the one on which it has started,
    empty before. `unfit`: why a node cannot run it, by its id.
    """

    job: Job
    order: Order
    before: int
    attempts: int = 0
    apart: bool = False
    node: str = ""
    unfit: dict[str, str] = field(default_factory=dict)
    _crashes: int = 0  # of processes that ran it, since it came further than ever before
    _furthest: int = -1  # step

    @property
    def content(self) -> dict[str, Any]:
        """The order as plain data, which every plion can unpack."""
        return asdict(self.order)

    @property
    def folder(self) -> RunFolder:
        """The driver's own folder of the run."""
        return RunFolder(self.job.folder)

    @property
    def begins_anew(self) -> str:
        """A sentence if nothing of the run outlives its node; else empty."""
        if not self.apart or self.order.config["trainer"]["checkpoint_dir"]:
            return ""
        return (
            f"nodes do not see {self.job.folder.parent}, and trainer.checkpoint_dir is not set: a "
            "run whose node is lost begins anew"
        )

    def needs(self, *, gpus: bool) -> dict[str, float]:
        """What a task of it takes of a node; `gpus`: whether the cluster has any."""
        return needs_of(self.order.config["trainer"], self.job.devices, gpus=gpus)

    def started(self, start: Started) -> None:
        """Notes a start, in the record too if the node writes its own elsewhere."""
        self.attempts, self.apart, self.node = start.attempt, not start.shared, start.node
        if not self.apart:
            return
        with suppress(Held), alone(self.job.folder, wait=False):  # held: that process writes it
            if not self.folder.done():
                name, _, hash8 = self.job.folder.name.rpartition("-")
                attempts = self.before + self.attempts
                self.folder.write(name=name, hash=hash8, status="running", attempts=attempts)

    def reported(self, report: Report) -> Reported:
        """Takes a report, and keeps it for those who watch the driver's run root."""
        if report.step > self._furthest:
            self._furthest, self._crashes = report.step, 0
        if self.apart:
            append_report(self.folder, report)
        return Reported(self.job, report)

    def ended(self, outcome: Outcome) -> tuple[Ended, bool]:
        """The job's end, once its files are in place; and whether they were dropped as a second
        result.

        A run that another process holds here meanwhile is left to it (`BUSY`).
        """
        told = f"node {outcome.node[:6]}: {outcome.told}" if outcome.told else ""
        ended = Ended(self.job, outcome.status, outcome.seconds, told)
        if not outcome.files:
            return ended, False
        try:
            check_names(outcome.files)
            if outcome.status == DONE:
                return ended, not self._placed(outcome)
            for name, content in outcome.files.items():
                atomic_write(self.job.folder / name, content.decode(errors="replace"))
        except Held:
            return Ended(self.job, BUSY, outcome.seconds), False
        except Exception as error:
            if not (why := sentence(error)):
                raise
            return Ended(self.job, outcome.status or FAILED, outcome.seconds, why), False
        return ended, False

    def crashed(self) -> bool:
        """Notes that Ray's process of it crashed; returns whether it has done so too often."""
        self._crashes += 1
        return self._crashes > _CRASHES

    def lost(self, error: Exception) -> Ended:
        """The end of a job whose task Ray could not run."""
        cause = getattr(error, "cause", None) or error
        return Ended(self.job, FAILED, 0.0, f"Ray could not run it: {first_line(cause)}")

    def _placed(self, outcome: Outcome) -> bool:
        attempts = self.before + max(self.attempts, 1)
        placed = place(outcome.files, self.folder, attempts)
        shared = self.order.config["trainer"]["checkpoint_dir"]
        if shared and (Path(shared) / self.job.folder.name).is_dir():
            keep_checkpoints_in(shared, self.folder)
        return placed


class Sending:
    """Makes orders of jobs; puts a file into each run root by which nodes know that they see it."""

    def __init__(self, paths: Mapping[str, str]) -> None:
        self._paths = dict(paths)
        self._token = (f".driver-{secrets.token_hex(8)}", secrets.token_hex(8))
        self._roots: set[Path] = set()
        self._contents = Contents()
        self._trainers: dict[Job, Mapping[str, Any]] = {}

    def sent(self, job: Job, number: int) -> Sent:
        """A job with its order. Raises InputError if its data or its base cannot be read."""
        root = job.folder.parent
        if root not in self._roots:
            with writable(root):
                atomic_write(root / self._token[0], self._token[1])
            self._roots.add(root)
        config = self._contents.config(job.config)
        order = Order(
            number=number,
            name=job.folder.name.rpartition("-")[0],
            verb=job.verb,
            config=config,
            hash8=job.hash8,
            command=job.command,
            devices=job.devices,
            folder=os.getcwd(),
            paths=self._paths,
            token=self._token,
            contents=self._contents.hashes(job, config),
        )
        return Sent(job, order, RunFolder(job.folder).read().attempts or 0)

    def needs(self, job: Job, *, gpus: bool) -> dict[str, float]:
        """As `Sent.needs`, of a job that need not be sent yet."""
        if job not in self._trainers:  # the driver asks again and again
            trainer = self._contents.config(job.config)["trainer"]
            self._trainers[job] = {key: trainer[key] for key in ("accelerator", "threads")}
        return needs_of(self._trainers[job], job.devices, gpus=gpus)

    def close(self) -> None:
        """Removes the files from the run roots."""
        for root in self._roots:
            (root / self._token[0]).unlink(missing_ok=True)
