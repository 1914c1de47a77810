"""What a run tells TensorBoard beside its loss: shares, speed, validation errors, samples."""

import math
import time
from collections.abc import Sequence
from typing import Any

import lightning as L
import torch
from lightning.pytorch.loggers import TensorBoardLogger

from plion.evaluation.benchmarks import Benchmark
from plion.evaluation.recognize import Prediction, predictions
from plion.evaluation.scoring import UtteranceCounts, count, macro_average
from plion.languages import LANGUAGES
from plion.model.loading import DecodeBatch, TrainBatch
from plion.model.module import LossSums
from plion.sampling.plan import Plan

_UNITS = ("utterances", "hours", "supervised_tokens")
_SAMPLES = 1  # transcripts shown per benchmark and validation


class Consumption(L.Callback):
    """Counts what training consumes and logs its shares, its speed and its padding.

    The counters are in the checkpoint: a resumed run reports what the uninterrupted one would.
    """

    def __init__(self, plan: Plan, every: int) -> None:
        """`every`: optimiser steps between two reports."""
        self.plan = plan
        self.every = every
        self.consumed = {key: dict.fromkeys(_UNITS, 0.0) for key in LANGUAGES}
        self.skipped: list[str] = []
        self.train_seconds = 0.0
        self._since = time.perf_counter()
        self._reported = (0.0, 0.0)  # hours of audio and seconds of training at the last report

    def total(self, unit: str) -> float:
        """What has been consumed in all languages together, in `_UNITS`."""
        return sum(one[unit] for one in self.consumed.values())

    def state_dict(self) -> dict[str, Any]:
        return {
            "consumed": {key: dict(units) for key, units in self.consumed.items()},
            "skipped": list(self.skipped),
            "train_seconds": self.train_seconds,
            "reported": self._reported,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.consumed = state_dict["consumed"]
        self.skipped = state_dict["skipped"]
        self.train_seconds = state_dict["train_seconds"]
        self._reported = state_dict["reported"]

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
            units = self.consumed[seen.language]
            units["utterances"] += 1
            units["hours"] += seen.seconds / 3600
            units["supervised_tokens"] += seen.tokens
        self.skipped += batch.skipped
        self._tick()
        width = self.every * trainer.accumulate_grad_batches
        if (batch_idx + 1) % width == 0:
            dealt = self.plan.deal(trainer.global_rank, trainer.world_size)
            padded = float(self.plan.padded[dealt[batch_idx + 1 - width : batch_idx + 1]].sum())
            pl_module.log_dict(self._figures(padded), batch_size=1)

    def _figures(self, padded: float) -> dict[str, float]:
        """What is reported of the batches since the last time, `padded` seconds with padding."""
        hours, spent = self._reported
        seconds = 3600 * (self.total("hours") - hours)
        figures = {
            "train/audio_hours": self.total("hours"),
            "train/audio_seconds_per_second": seconds / (self.train_seconds - spent),
            "train/padding": 1 - seconds / padded,
        }
        for key, units in self.consumed.items():
            figures |= {f"share_{u}/{key}": units[u] / max(self.total(u), 1e-9) for u in _UNITS}
        self._reported = (self.total("hours"), self.train_seconds)
        return figures

    def _tick(self) -> None:
        now = time.perf_counter()
        self.train_seconds += now - self._since
        self._since = now


class ValidationScores(L.Callback):
    """Scores what the model says to the validation sets: errors per benchmark and their mean.

    `latest` is of the last validation, `best` of the first with the lowest mean; both are in the
    checkpoint.
    """

    def __init__(self, benchmarks: Sequence[Benchmark], profile: str) -> None:
        self.benchmarks = benchmarks
        self.profile = profile
        self.latest: dict[str, Any] = {}
        self.best: dict[str, Any] = {"macro_error": math.inf, "step": 0}
        self._said: dict[str, list[Prediction]] = {}
        self._losses: dict[str, torch.Tensor] = {}

    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best, "latest": self.latest}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.best = state_dict["best"]
        self.latest = state_dict["latest"]

    def on_validation_epoch_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self._said = {row.key: [] for row in self.benchmarks}
        self._losses = {}

    def on_validation_batch_end(
        self,
        trainer: L.Trainer,
        pl_module: L.LightningModule,
        outputs: Any,
        batch: DecodeBatch,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        sums: LossSums = outputs["sums"]
        for utterance, row in zip(
            batch.utterances, predictions(batch.utterances, outputs["said"]), strict=True
        ):
            self._said[utterance.dataset].append(row)
        for name in ("text", "text_tokens", "prefix", "prefix_tokens"):
            value = getattr(sums, name).detach()
            self._losses[name] = self._losses.get(name, torch.zeros_like(value)) + value

    def on_validation_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        rates = {row.key: self._counts(row).pooled().rate for row in self.benchmarks}
        macro = macro_average(rates)
        total = self._losses["text"] + self._losses["prefix"]
        tokens = self._losses["text_tokens"] + self._losses["prefix_tokens"]
        figures = {f"valid_error/{key}": rate for key, rate in rates.items() if rate is not None}
        figures["valid/loss"] = float(total / tokens)
        figures["valid/loss_text"] = float(self._losses["text"] / self._losses["text_tokens"])
        if macro is not None:
            figures["valid/macro_error"] = macro
        pl_module.log_dict(figures, batch_size=1)
        self.latest = {"macro_error": macro, "step": trainer.global_step, "benchmarks": rates}
        if macro is not None and macro < self.best["macro_error"]:
            self.best = self.latest
        self._show(trainer)

    def _counts(self, row: Benchmark) -> UtteranceCounts:
        said = self._said[row.key]
        references, texts = [one.reference for one in said], [one.text for one in said]
        return count(references, texts, row.language, row.metric, self.profile)

    def _show(self, trainer: L.Trainer) -> None:
        """A few references beside what was said, as a table in TensorBoard's text page."""
        lines = ["| set | reference | hypothesis |", "|---|---|---|"]
        for key, rows in self._said.items():
            first = sorted(rows, key=lambda row: row.id)[:_SAMPLES]
            lines += [f"| {key} | {row.reference} | {row.hypothesis} |" for row in first]
        for logger in trainer.loggers:
            if isinstance(logger, TensorBoardLogger):
                logger.experiment.add_text("transcripts", "\n".join(lines), trainer.global_step)
