"""A sweep without training: an engine whose runs end at once, and what its study holds."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import optuna
from omegaconf import OmegaConf
from optuna.trial import FrozenTrial

from plion.runs.folder import RunFolder
from plion.runs.reports import Report, append_report
from plion.studies.engines.choice import Choice
from plion.studies.engines.engine import Ended, Job, Reported

SWEEP = """
base: base.yaml
hold: {quantity: steps, amount: 30}
suite: suite.yaml
space:
  optim.lr: {low: 1e-5, high: 1e-3, log: true}
  sampler.temperature.T: [1, 2]
trials: 3
"""
WORKERS_2 = Choice(workers=2)


class Runs:
    """An engine: its runs report a validation a look, one run after the other.

    `error`: of a run at the end, `curve`: at its validations; `fails`: its exit status and words.
    """

    def __init__(self) -> None:
        self.patience: float | None = None
        self.trained: list[Any] = []
        self.validated = 0
        self.kill_before: int | None = None
        self.backwards = False
        self.error: Callable[[Any], float] = lambda exp: float(100 * exp.optim.lr**0.5)
        self.curve: Callable[[Any], Sequence[float]] = self._falling
        self.fails: Callable[[Any], tuple[int, str] | None] = lambda exp: None
        self.finish: Callable[[Job], None] = self._record
        self._waiting: list[Job] = []
        self._ended: list[Ended] = []
        self._running: tuple[Job, list[Report]] | None = None
        self._cancelled: set[Job] = set()

    def _falling(self, exp: Any) -> Sequence[float]:
        times = int(exp.trainer.validations)
        return [self.error(exp) * (2 - n / times) for n in range(1, times + 1)]

    def __enter__(self) -> "Runs":
        return self

    def __exit__(self, *given: object) -> None:
        self._waiting, self._running = [], None

    def submit(self, job: Job) -> None:
        self._waiting.append(job)

    def cancel(self, job: Job) -> None:
        self._cancelled.add(job)

    def devices(self, like: Job) -> Sequence[str]:
        return ["worker 0"]

    def reports(self) -> Sequence[Reported]:
        if self._running is None:
            self._start()
        if self._running is None or not self._running[1]:
            return []
        job, reports = self._running
        append_report(RunFolder(job.folder), reports[0])
        self.validated += 1
        return [Reported(job, reports.pop(0))]

    def finished(self) -> Sequence[Ended]:
        if self._running:
            job, left = self._running
            if job in self._cancelled:
                self._ended.append(Ended(job, 143, 1.0, "cancelled"))
                self._running = None
            elif not left:
                self.finish(job)
                self._ended.append(Ended(job, 0, 1.0))
                self._running = None
        ended, self._ended = self._ended, []
        return ended

    def _start(self) -> None:
        if not self._waiting:
            return
        if self.kill_before == len(self.trained):
            raise KeyboardInterrupt
        job = self._waiting.pop(-1 if self.backwards else 0)
        exp = OmegaConf.load(job.config)
        self.trained.append(exp)
        if failure := self.fails(exp):
            job.log.write_text(f"plion: {failure[1]}\n")
            self._ended.append(Ended(job, failure[0], 1.0, failure[1]))
            return
        RunFolder(job.folder).write(name=exp.name, hash=job.hash8, status="running")
        errors = list(self.curve(exp))
        amount = exp.hold.amount
        reports = [
            Report(
                step=n, steps=len(errors), held=amount * n / len(errors), hours=0.1 * n,
                seconds=float(n), error=error,
            )
            for n, error in enumerate(errors, 1)
        ]  # fmt: skip
        self._running = job, reports

    def _record(self, job: Job) -> None:
        error = float(self.curve(OmegaConf.load(job.config))[-1])
        RunFolder(job.folder).write(
            status="done", validation={"macro_error": error, "benchmarks": {"nsc": error}}
        )


def study(folder: str = "runs") -> optuna.Study:
    return optuna.load_study(study_name="search", storage=f"sqlite:///{folder}/search/study.db")


def params(folder: str = "runs") -> list[dict[str, Any]]:
    return [trial.params for trial in study(folder).trials]


def states(folder: str = "runs") -> list[str]:
    return [trial.state.name for trial in study(folder).trials]


def changed(**keys: str) -> None:
    """Adds keys to the sweep file, or replaces them."""
    lines = Path("search.yaml").read_text().splitlines()
    kept = [line for line in lines if line.partition(":")[0] not in keys]
    Path("search.yaml").write_text("\n".join([*kept, *(f"{k}: {v}" for k, v in keys.items())]))


def outcome(trial: FrozenTrial) -> tuple[str, dict[str, Any], dict[int, float]]:
    """What is recorded of a trial."""
    return trial.state.name, trial.params, trial.intermediate_values
