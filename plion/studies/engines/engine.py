"""The seam between studies and what runs their cells: an engine places, restarts and reports.

A cell is a pure function of its configuration, known by content and resumable, so an engine may run
it anywhere, more than once, and after any kill. All that a study sees of a running cell is what it
reports.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from plion.runs.reports import Report

DONE, FAILED, REFUSED, BUSY = 0, 1, 2, 75
"""Exit statuses of a job: done; failed; refused (the request was wrong, repeating it is useless);
its run is held by another process (EX_TEMPFAIL of sysexits.h)."""


@dataclass(frozen=True)
class Job:
    """A run to train, or a model to evaluate, as its configuration file says.

    `name`: the run's, for messages. `config`: config.yaml in the run's folder. `hash8`: the run's.
    `command`: the arguments of `plion` that do the same, which run.json records. `devices`: that
    the run needs at once. `on_cpu`: it leaves GPUs alone, also where there are any.
    """

    name: str
    verb: Literal["train", "evaluate"]
    config: Path
    hash8: str
    command: tuple[str, ...]
    devices: int = 1
    on_cpu: bool = False

    @property
    def folder(self) -> Path:
        """The run's folder."""
        return self.config.parent

    @property
    def log(self) -> Path:
        """Where the job's standard output and error go."""
        return self.folder / f"{self.verb}.log"


@dataclass(frozen=True)
class Reported:
    """A report of a running job."""

    job: Job
    report: Report


@dataclass(frozen=True)
class Ended:
    """A job that has ended: exit status (minus the signal's number if one killed it), seconds of
    wall time, and one sentence on what went wrong, empty if nothing did.
    """

    job: Job
    status: int
    seconds: float
    told: str = ""


class Engine(AbstractContextManager["Engine"], Protocol):
    """Runs jobs on devices. Leaving the context stops what still runs, checkpoints first.

    `patience`: seconds that it then waits for checkpoints before it kills; None: without an end.
    """

    patience: float | None

    def submit(self, job: Job) -> None:
        """Queues a job; it starts when devices are free, in the order of submission."""

    def reports(self) -> Sequence[Reported]:
        """What running jobs have reported since the last call."""

    def finished(self) -> Sequence[Ended]:
        """The jobs that have ended since the last call, cancelled ones among them."""

    def cancel(self, job: Job) -> None:
        """Stops a job after its next checkpoint; it is then among those finished."""

    def devices(self, like: Job) -> Sequence[str]:
        """The places where jobs like this one run at the same time, as `cpu 0` or `cuda 1`."""
