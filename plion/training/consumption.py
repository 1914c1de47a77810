"""What training consumes, over all ranks: counted, reported to TensorBoard, kept when resumed."""

import math
import time
from dataclasses import dataclass
from typing import Any

import lightning as L
import numpy as np
import torch

from plion.languages import LANGUAGES
from plion.model.loading import TrainBatch
from plion.planning.plans import PlannedRun
from plion.training.ranks import gathered

UNITS = ("utterances", "hours", "supervised_tokens")


@dataclass(frozen=True)
class _Report:
    """Where a report was made: steps done, seconds of training, what was consumed by unit."""

    step: int
    seconds: float
    consumed: np.ndarray


class Consumption(L.Callback):
    """Counts what training consumes and logs its shares, its repeats, its speed and its padding.

    The counters are of all ranks together and in the checkpoint: a resumed run, on whatever number
    of ranks, reports what the uninterrupted one would.
    """

    def __init__(self, planned: PlannedRun, every: int) -> None:
        """`every`: optimiser steps between two reports."""
        sets = planned.train_sets
        self.plan = planned.plan
        self.every = every
        self.languages = {one.key: one.language for one in sets}
        self.sizes = {one.key: len(one.rows) for one in sets}
        self.consumed = np.zeros((len(sets), len(UNITS)))  # by corpus and unit
        self.skipped: list[str] = []
        self.train_seconds = 0.0
        self._rows = {one.key: row for row, one in enumerate(sets)}
        self._fresh = np.zeros_like(self.consumed)  # of this rank, since the last step
        self._bad: list[str] = []
        self._since = time.perf_counter()
        self._reported = _Report(0, 0.0, np.zeros(len(UNITS)))
        self._mix = {"entropy": 0.0, "missing": 0.0}  # summed over steps since the last report

    def total(self, unit: str) -> float:
        """What has been consumed in all languages together, in `UNITS`."""
        return float(self.consumed[:, UNITS.index(unit)].sum())

    def state_dict(self) -> dict[str, Any]:
        last = self._reported
        return {
            "consumed": self.consumed.tolist(),
            "skipped": list(self.skipped),
            "train_seconds": self.train_seconds,
            "reported": (last.step, last.seconds, last.consumed.tolist()),
            "mix": dict(self._mix),
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.consumed = np.array(state_dict["consumed"])
        self.skipped = state_dict["skipped"]
        self.train_seconds = state_dict["train_seconds"]
        step, seconds, consumed = state_dict["reported"]
        self._reported = _Report(step, seconds, np.array(consumed))
        self._mix = state_dict["mix"]

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self._since = time.perf_counter()

    def on_validation_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self._tick()

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self._since = time.perf_counter()  # validation is not training

    def on_train_batch_end(
        self,
        trainer: L.Trainer,
        pl_module: L.LightningModule,
        outputs: Any,
        batch: TrainBatch,
        batch_idx: int,
    ) -> None:
        for seen in batch.seen:
            self._fresh[self._rows[seen.dataset]] += (1, seen.seconds / 3600, seen.tokens)
        self._bad += batch.skipped
        self._tick()
        if (batch_idx + 1) % trainer.accumulate_grad_batches == 0:
            self._end_step(trainer)
            if trainer.global_step % self.every == 0:
                pl_module.log_dict(self._figures(trainer.global_step), batch_size=1)

    def _end_step(self, trainer: L.Trainer) -> None:
        """Adds a step, of all ranks, to the counters."""
        counts = _summed(np.append(self._fresh, len(self._bad)), trainer)
        drawn = counts[:-1].reshape(self.consumed.shape)
        self.consumed += drawn
        if counts[-1]:
            self.skipped += gathered(self._bad)
        self._fresh[:] = 0
        self._bad = []
        entropy, missing = self._mixed(drawn[:, 0])
        self._mix["entropy"] += entropy
        self._mix["missing"] += missing

    def _mixed(self, drawn: np.ndarray) -> tuple[float, bool]:
        """Entropy of a step's languages, 1 where they are equal, and whether one is missing."""
        known = sorted(set(self.languages.values()))
        own = [[language == key for language in self.languages.values()] for key in known]
        utterances = np.array([drawn[row].sum() for row in own])
        shares = utterances[utterances > 0] / max(utterances.sum(), 1)
        entropy = float(-(shares * np.log(shares)).sum())
        most = math.log(len(known)) if len(known) > 1 else 1.0
        return (entropy / most if len(known) > 1 else 1.0), bool((utterances == 0).any())

    def _figures(self, step: int) -> dict[str, float]:
        """What is reported of the steps since the last time."""
        last, per_step = self._reported, self.plan.per_step
        now = _Report(step, self.train_seconds, self.consumed.sum(axis=0))
        self._reported = now
        steps, batches = step - last.step, (step - last.step) * per_step
        padded = float(self.plan.padded[last.step * per_step : step * per_step].sum())
        utterances, hours, tokens = now.consumed - last.consumed
        seconds = 3600 * hours
        figures = {
            "train/audio_hours": self.total("hours"),
            "train/audio_seconds_per_second": seconds / (now.seconds - last.seconds),
            "train/padding": 1 - seconds / padded,
            "batch/utterances": utterances / batches,
            "batch/supervised_tokens": tokens / batches,
            "batch/seconds": seconds / batches,
            "step_mix/entropy": self._mix["entropy"] / steps,
            "step_mix/missing": self._mix["missing"] / steps,
        }
        self._mix = {"entropy": 0.0, "missing": 0.0}
        return figures | self._shares()

    def _shares(self) -> dict[str, float]:
        """Shares of everything consumed so far, and how often an utterance was drawn on average."""
        shares = self.consumed / np.maximum(self.consumed.sum(axis=0), 1e-9)
        figures = {}
        for column, unit in enumerate(UNITS):
            by_language = dict.fromkeys(LANGUAGES, 0.0)
            for (key, language), share in zip(
                self.languages.items(), shares[:, column].tolist(), strict=True
            ):
                figures[f"corpus_share_{unit}/{key}"] = share
                by_language[language] += share
            figures |= {f"share_{unit}/{key}": share for key, share in by_language.items()}
        for (key, size), (drawn, *_) in zip(
            self.sizes.items(), self.consumed.tolist(), strict=True
        ):
            figures[f"repeats/{key}"] = drawn / size
        return figures

    def _tick(self) -> None:
        now = time.perf_counter()
        self.train_seconds += now - self._since
        self._since = now


def _summed(values: np.ndarray, trainer: L.Trainer) -> np.ndarray:
    """The sums over all ranks."""
    if trainer.world_size == 1:
        return values
    tensor = torch.tensor(values, device=trainer.strategy.root_device)
    total = trainer.strategy.reduce(tensor, reduce_op="sum")
    assert isinstance(total, torch.Tensor)
    return np.asarray(total.cpu())
