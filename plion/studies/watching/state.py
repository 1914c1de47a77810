"""The state of a study: what is done, running and failed, how fast, and what is left."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Running:
    """A run that runs now.

    `held` of `amount`: consumed, in the hold's unit. `error`: macro validation error in percent.
    `speed`: seconds of audio a second. `left`: seconds of training, None if not known. Without
    `steps` it trains not yet, or is only tested.
    """

    name: str
    folder: str
    place: str
    step: int | None
    steps: int | None
    held: float | None
    amount: float
    error: float | None
    seconds: float | None
    speed: float | None
    left: float | None


@dataclass(frozen=True)
class Failure:
    """A run that failed, and why."""

    name: str
    folder: str
    reason: str


@dataclass(frozen=True)
class Place:
    """Where runs run, as `worker 0`: how many of the study ended there, and what runs there now."""

    name: str
    done: int
    running: str | None


@dataclass(frozen=True)
class Study:
    """What does not change while a study is watched. `quantity`, `amount`: its hold."""

    name: str
    question: str
    folder: str
    quantity: str
    amount: float


@dataclass(frozen=True)
class State:
    """A study at one moment; runs that cells share count once.

    `speed`: seconds of audio a second, of all running together. `runs_per_hour`, `seconds_left`,
    `cost_left`: estimated from the finished and the running runs, None if not known. `cost`: of
    training so far. `pruned`: trials ended early. `stopped`: begun, but without a process that
    works on them now.
    """

    study: Study
    runs: int
    done: int
    pruned: int
    waiting: int
    stopped: int
    running: Sequence[Running]
    failed: Sequence[Failure]
    places: Sequence[Place]
    speed: float | None
    runs_per_hour: float | None
    seconds_left: float | None
    cost: float | None
    cost_left: float | None

    @property
    def over(self) -> bool:
        """Whether every run has ended."""
        return self.done + self.pruned + len(self.failed) == self.runs

    @property
    def complete(self) -> bool:
        """Whether every run is done, or was pruned."""
        return self.done + self.pruned == self.runs
