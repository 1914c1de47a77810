"""Counts of what training consumes over all ranks, logged to TensorBoard, kept on resuming."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import lightning as L
import numpy as np

from plion.loading.batches import TrainBatch
from plion.planning.planned_run import PlannedRun, language_of
from plion.planning.step_mix import mix_of_counts
from plion.sampling.plan import Plan
from plion.text.shipped import PAPER, in_order
from plion.training.processes.group import gather
from plion.training.step.step_sums import AtSteps, validation_follows

UNITS = ("utterances", "hours", "supervised_tokens")


@dataclass(frozen=True)
class _Report:
    """State at the last report: steps done, total consumed by unit."""

    step: int
    consumed: np.ndarray


class Consumption(AtSteps):
    """Counts what training consumes; logs shares, repeats and the language mix of its steps.

    Counters cover all ranks and are saved in the checkpoint: a resumed run, on any number of
    ranks, reports the same as an uninterrupted one.
    """

    def __init__(
        self, planned: PlannedRun, every: int, work: Callable[[TrainBatch], float]
    ) -> None:
        """`every`: optimiser steps between two reports. `work`: multiply-adds of a batch."""
        sets = planned.train_sets
        self.planned = planned
        self.every = every
        self.work = work
        self.languages = {one.key: one.language for one in sets}
        self.sizes = {one.key: len(one.rows) for one in sets}
        # In the order of reports, those of the paper first, drawn or not.
        self._reported_languages = in_order((*PAPER, *self.languages.values()))
        self.consumed = np.zeros((len(sets), len(UNITS)))  # by corpus and unit
        self.skipped: list[str] = []
        self.multiply_adds = 0.0
        # One row per language that the run draws, one column per corpus: 1 if it is the language's.
        own = np.array([[one.language == key for one in sets] for key in planned.languages])
        drawn = np.bincount(language_of(sets)[self.plan.numbers], minlength=len(own))
        self._by_language = own[drawn > 0].astype(float)
        self._rows = {one.key: row for row, one in enumerate(sets)}
        self._fresh = np.zeros_like(self.consumed)  # of this rank, since the last step
        self._fresh_work = 0.0
        self._bad: list[str] = []
        self._reported = _Report(0, np.zeros(len(UNITS)))
        self._mix = {"entropy": 0.0, "missing": 0.0}  # summed over steps since the last report

    def total(self, unit: str) -> float:
        """Total consumed in all languages; `unit` is one of `UNITS`."""
        return float(self.consumed[:, UNITS.index(unit)].sum())

    def by_language(self) -> dict[str, dict[str, float]]:
        """Amount consumed per language of the run, in each of `UNITS`."""
        rows = {
            key: self.consumed[[one == key for one in self.languages.values()]]
            for key in in_order(self.languages.values())
        }
        return {
            key: dict(zip(UNITS, own.sum(axis=0).tolist(), strict=True))
            for key, own in rows.items()
        }

    def by_corpus(self) -> dict[str, dict[str, float]]:
        """Amount consumed per corpus, in each of `UNITS`."""
        rows = zip(self.languages, self.consumed, strict=True)
        return {key: dict(zip(UNITS, row.tolist(), strict=True)) for key, row in rows}

    def short_of_hold(self) -> float:
        """Part of the held amount missing because bad audio was skipped, in its own quantity."""
        hold = self.plan.hold
        if not self.skipped or hold.quantity == "steps":
            return 0.0
        unit = "hours" if hold.quantity == "audio_hours" else hold.quantity
        return max(0.0, hold.amount - self.total(unit))

    @property
    def plan(self) -> Plan:
        """The plan as far as it is decided, and a forecast of the rest."""
        return self.planned.plan

    def state_dict(self) -> dict[str, Any]:
        last = self._reported
        return {
            "consumed": self.consumed.tolist(),
            "skipped": list(self.skipped),
            "multiply_adds": self.multiply_adds,
            "reported": (last.step, last.consumed.tolist()),
            "mix": dict(self._mix),
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.consumed = np.array(state_dict["consumed"])
        self.skipped = state_dict["skipped"]
        self.multiply_adds = state_dict["multiply_adds"]
        step, consumed = state_dict["reported"]
        self._reported = _Report(step, np.array(consumed))
        self._mix = state_dict["mix"]

    def on_train_batch_start(
        self, trainer: L.Trainer, pl_module: L.LightningModule, batch: TrainBatch, batch_idx: int
    ) -> None:
        for seen in batch.seen:
            self._fresh[self._rows[seen.dataset]] += (1, seen.seconds / 3600, seen.tokens)
        self._fresh_work += self.work(batch)
        self._bad += batch.skipped

    def of_rank(self, trainer: L.Trainer) -> np.ndarray:
        return np.append(self._fresh, (self._fresh_work, len(self._bad)))

    def on_step_end(
        self, trainer: L.Trainer, pl_module: L.LightningModule, sums: np.ndarray
    ) -> None:
        self._add(sums)
        step = trainer.global_step
        # At validations too, so that their errors can be plotted against these figures.
        if step % self.every == 0 or validation_follows(trainer) or step == self.plan.steps:
            figures = self._figures(step)
            for logger in trainer.loggers:  # the module's log would drop steps between reports
                logger.log_metrics(figures, step - 1)

    def _add(self, consumed: np.ndarray) -> None:
        """Adds what all ranks consumed in a step to the counters."""
        *counts, work, bad = consumed
        drawn = np.reshape(counts, self.consumed.shape)
        self.consumed += drawn
        self.multiply_adds += float(work)
        if bad:
            self.skipped += gather(self._bad)
        self._fresh[:] = self._fresh_work = 0
        self._bad = []
        mix = mix_of_counts((self._by_language @ drawn[:, 0])[None])
        self._mix["entropy"] += mix.entropy
        self._mix["missing"] += mix.missing

    def _figures(self, step: int) -> dict[str, float]:
        """Figures logged for the steps since the last report."""
        last, per_step = self._reported, self.plan.per_step
        now = _Report(step, self.consumed.sum(axis=0))
        self._reported = now
        steps, batches = step - last.step, (step - last.step) * per_step
        utterances, hours, tokens = now.consumed - last.consumed
        figures = {
            "train/audio_hours": self.total("hours"),
            "batch/utterances": utterances / batches,
            "batch/supervised_tokens": tokens / batches,
            "batch/seconds": 3600 * hours / batches,
            "step_mix/entropy": self._mix["entropy"] / steps,
            "step_mix/missing": self._mix["missing"] / steps,
        }
        self._mix = {"entropy": 0.0, "missing": 0.0}
        return figures | self._shares()

    def _shares(self) -> dict[str, float]:
        """Shares of the total consumed so far, and mean draws per utterance of each corpus."""
        shares = self.consumed / np.maximum(self.consumed.sum(axis=0), 1e-9)
        figures = {}
        for column, unit in enumerate(UNITS):
            by_language = dict.fromkeys(self._reported_languages, 0.0)
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
