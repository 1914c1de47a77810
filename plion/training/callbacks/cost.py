"""Cost of a run: speed, padding, memory, utilisation; time and money to its end.

Measured on the run's own devices. A resumed run continues the totals and projects the rest from
its speed since it resumed, because the devices may have changed.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from typing import Any

import lightning as L
import numpy as np
import torch
from lightning.pytorch.trainer.states import TrainerFn

from plion.models.device import peak_memory
from plion.planning.planned_run import PlannedRun
from plion.sampling.plan import Plan
from plion.training.callbacks.consumption import Consumption
from plion.training.step.step_sums import AtSteps
from plion.typesetting.amounts import cost, duration, money


@dataclass(frozen=True)
class _Mark:
    """Totals at a step: training seconds, and what was consumed until then.

    `device_seconds`: training seconds summed over devices.
    """

    step: int = 0
    seconds: float = 0.0
    device_seconds: float = 0.0
    audio_seconds: float = 0.0
    tokens: float = 0.0
    multiply_adds: float = 0.0


class Price(AtSteps):
    """Logs the cost of training and projects it to the run's end.

    `train_seconds`, time and cost cover training alone, without validation.
    """

    def __init__(self, planned: PlannedRun, consumption: Consumption) -> None:
        """`consumption` must come before this callback in the trainer's list."""
        self.planned = planned
        self.trainer_settings = planned.exp.trainer
        self.consumption = consumption
        self.train_seconds = 0.0
        self.device_seconds = 0.0
        self.peak_memory = 0.0  # GB, of the rank that took most
        self.left = ""  # text: time and money to the end
        self._since = time.perf_counter()
        self._begun = self._reported = _Mark()

    @property
    def plan(self) -> Plan:
        """The plan as far as it is decided, and a forecast of the rest."""
        return self.planned.plan

    def state_dict(self) -> dict[str, Any]:
        return {
            "train_seconds": self.train_seconds,
            "device_seconds": self.device_seconds,
            "peak_memory": self.peak_memory,
            "reported": astuple(self._reported),
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.train_seconds = state_dict["train_seconds"]
        self.device_seconds = state_dict["device_seconds"]
        self.peak_memory = state_dict["peak_memory"]
        self._reported = _Mark(*state_dict["reported"])

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self._since = time.perf_counter()
        self._begun = self._mark(trainer.global_step)

    def on_train_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        device = trainer.strategy.root_device
        own = torch.tensor(peak_memory(device) / 1e9, device=device)
        most = trainer.strategy.reduce(own, reduce_op="max")
        self.peak_memory = max(self.peak_memory, float(most))

    @contextmanager
    def aside(self, trainer: L.Trainer) -> Iterator[None]:
        """Work between two steps of training whose time does not count."""
        self._tick(trainer)
        yield
        self._since = time.perf_counter()

    def on_validation_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if trainer.state.fn == TrainerFn.FITTING:  # a validation after training adds no time
            self._tick(trainer)

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self._since = time.perf_counter()

    def of_rank(self, trainer: L.Trainer) -> np.ndarray:
        own = np.zeros(trainer.world_size)
        own[trainer.global_rank] = peak_memory(trainer.strategy.root_device) / 1e9
        return own

    def on_step_end(
        self, trainer: L.Trainer, pl_module: L.LightningModule, sums: np.ndarray
    ) -> None:
        self._tick(trainer)
        self.peak_memory = max(self.peak_memory, float(sums.max()))
        if trainer.global_step % self.trainer_settings.log_every == 0:
            self._report(trainer, pl_module)

    def figures(self) -> dict[str, float | None]:
        """Figures of the whole run, by their names in run.json; None if unknown."""
        step = self.plan.steps
        figures = self._between(_Mark(), self._mark(step)) | {"peak_memory_gb": self.peak_memory}
        paid = cost(self.train_seconds / 3600, self.trainer_settings.price_per_hour)
        return {"mfu": None} | figures | {"cost": paid}

    def seconds_left(self, step: int) -> float | None:
        """Estimated seconds of training after a step; None before this process did one."""
        now = self._mark(step)
        return 3600 * self._hours_left(now) if step > self._begun.step else None

    def _report(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        now = self._mark(trainer.global_step)
        figures = self._between(self._reported, now)
        figures["peak_memory_gb"] = self.peak_memory
        self._reported = now
        left = self._hours_left(now)
        hours = self.train_seconds / 3600 + left
        figures["hours"] = hours
        self.left = duration(left)
        whole, part = (cost(one, self.trainer_settings.price_per_hour) for one in (hours, left))
        if whole is not None:
            figures["cost"] = whole
            self.left += f" and {money(part)} of {money(whole)}"
        pl_module.log_dict({f"price/{name}": one for name, one in figures.items()}, batch_size=1)

    def _between(self, first: _Mark, last: _Mark) -> dict[str, float]:
        """Speed, padding and utilisation (MFU) between two marks."""
        seconds = last.seconds - first.seconds
        audio_seconds = last.audio_seconds - first.audio_seconds
        figures = {
            "audio_seconds_per_second": audio_seconds / seconds,
            "tokens_per_second": (last.tokens - first.tokens) / seconds,
            "padding": 1 - self.plan.stretch * audio_seconds / self._padded(first.step, last.step),
        }
        if peak := self.trainer_settings.peak_tflops:
            done = 2 * (last.multiply_adds - first.multiply_adds)
            figures["mfu"] = done / (1e12 * peak * (last.device_seconds - first.device_seconds))
        return figures

    def _hours_left(self, now: _Mark) -> float:
        """Hours to the end of training, at the speed since this process started training."""
        seconds = now.seconds - self._begun.seconds
        done = self._padded(self._begun.step, now.step)
        return self._padded(now.step, self.plan.steps) * seconds / done / 3600

    def _padded(self, first: int, last: int) -> float:
        """Seconds of audio including padding, of steps `first` to `last`."""
        per_step = self.plan.per_step
        return float(self.plan.padded[first * per_step : last * per_step].sum())

    def _mark(self, step: int) -> _Mark:
        return _Mark(
            step=step,
            seconds=self.train_seconds,
            device_seconds=self.device_seconds,
            audio_seconds=3600 * self.consumption.total("hours"),
            tokens=self.consumption.total("supervised_tokens"),
            multiply_adds=self.consumption.multiply_adds,
        )

    def _tick(self, trainer: L.Trainer) -> None:
        now = time.perf_counter()
        self.train_seconds += now - self._since
        self.device_seconds += trainer.world_size * (now - self._since)
        self._since = now
