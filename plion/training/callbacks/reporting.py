"""Reports of a running run to those who watch or prune it, in `reports.jsonl`."""

import os
import time

import lightning as L
import numpy as np
from lightning.pytorch.trainer.states import TrainerFn

from plion.planning.planned_run import PlannedRun
from plion.runs.folder import RunFolder
from plion.runs.reports import Report, append_report
from plion.training.callbacks.consumption import Consumption
from plion.training.callbacks.cost import Price
from plion.training.callbacks.validation import ValidationScores
from plion.training.step.step_sums import AtSteps

_EVERY = 1.0  # seconds between reports; a validation is reported at once
_PLACE = "PLION_PLACE"  # where an engine has placed this process


class Reporting(AtSteps):
    """Reports position, consumption and time about every second, and each validation's error.

    Comes after the callbacks that it reads.
    """

    def __init__(
        self,
        folder: RunFolder,
        planned: PlannedRun,
        *,
        consumption: Consumption,
        price: Price,
        scores: ValidationScores,
    ) -> None:
        self.folder = folder
        self.planned = planned
        self.consumption = consumption
        self.price = price
        self.scores = scores
        self._last = 0.0

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self._report(trainer)

    def on_step_end(
        self, trainer: L.Trainer, pl_module: L.LightningModule, sums: np.ndarray
    ) -> None:
        if time.monotonic() - self._last >= _EVERY:
            self._report(trainer)

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if trainer.state.fn in (TrainerFn.FITTING, TrainerFn.VALIDATING):
            self._report(trainer, self.scores.latest.get("macro_error"))

    def _report(self, trainer: L.Trainer, error: float | None = None) -> None:
        if not trainer.is_global_zero:
            return
        self._last = time.monotonic()
        step = trainer.global_step
        report = Report(
            step=step,
            steps=self.planned.plan.steps,
            held=self._held(step),
            hours=self.consumption.total("hours"),
            seconds=self.price.train_seconds,
            error=error,
            left=self.price.seconds_left(step),
            place=os.environ.get(_PLACE, ""),
        )
        append_report(self.folder, report)

    def _held(self, step: int) -> float:
        quantity = self.planned.exp.hold.quantity
        if quantity == "steps":
            return step
        return self.consumption.total("hours" if quantity == "audio_hours" else quantity)
