"""Scores of a validation: errors of the validation sets and the probe, samples, the best step."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lightning as L
from lightning.pytorch.loggers import TensorBoardLogger

from plion.loading.batches import DecodeBatch
from plion.models.values import LossSums
from plion.recognition.decode_sets import predictions
from plion.scoring.benchmarks import Benchmark
from plion.scoring.counts import count
from plion.scoring.predictions import Prediction
from plion.scoring.statistics.averages import macro_average
from plion.training.processes.group import gather

_SAMPLES = 1  # transcripts shown per benchmark and validation
_VALID, _PROBE = 0, 1  # loaders


@dataclass(frozen=True)
class _Decoded:
    """A decoded batch. `losses`: summed loss and token count of the text, then of the prefix."""

    loader: int
    datasets: list[str]
    rows: list[Prediction]
    losses: list[float]


class ValidationScores(L.Callback):
    """Scores the transcripts of the validation sets: error rate per benchmark and their mean.

    Each rank decodes a part; all ranks compute the same scores. The probe, in the second loader,
    is scored as well but never selects weights. `latest`: scores of the last validation; `best`:
    of the first one with the lowest mean; `seconds`: of all validations. All are saved in the
    checkpoint.
    """

    def __init__(self, benchmarks: Sequence[Benchmark], profile: str) -> None:
        self.benchmarks = benchmarks
        self.profile = profile
        self.latest: dict[str, Any] = {}
        self.best: dict[str, Any] = {"macro_error": math.inf, "step": 0}
        self.seconds = 0.0
        self._started = 0.0
        self._decoded: list[_Decoded] = []

    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best, "latest": self.latest, "seconds": self.seconds}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.best = state_dict["best"]
        self.latest = state_dict["latest"]
        self.seconds = state_dict.get("seconds", 0.0)  # earlier versions did not count them

    def on_fit_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Adds a TensorBoard page that shows both errors of each benchmark in one chart."""
        charts = {
            row.key: ["Multiline", [f"valid_error/{row.key}$", f"probe_error/{row.key}$"]]
            for row in self.benchmarks
        }
        for writer in _writers(trainer):
            writer.add_custom_scalars({"validation and probe": charts})

    def on_validation_epoch_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self._decoded, self._started = [], time.monotonic()

    def on_validation_batch_end(
        self,
        trainer: L.Trainer,
        pl_module: L.LightningModule,
        outputs: Any,
        batch: DecodeBatch,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        sums: LossSums | None = outputs["sums"]
        losses = [] if sums is None else [sums.text, sums.text_tokens, sums.prefix]
        losses += [] if sums is None else [sums.prefix_tokens]
        self._decoded.append(
            _Decoded(
                dataloader_idx,
                [utterance.dataset for utterance in batch.utterances],
                predictions(batch.utterances, outputs["said"]),
                [float(value) for value in losses],
            )
        )

    def on_validation_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        decoded = _in_order(gather(self._decoded))
        valid, probed = (
            [one for one in decoded if one.loader == loader] for loader in (_VALID, _PROBE)
        )
        rates = self._rates(valid)
        macro = macro_average(rates)
        # Summed in an order independent of the ranks, so that the figures are equal to the bit.
        text, text_tokens, prefix, prefix_tokens = (
            sum(values) for values in zip(*(one.losses for one in valid), strict=True)
        )
        figures = {
            "valid/loss": (text + prefix) / (text_tokens + prefix_tokens),
            "valid/loss_text": text / text_tokens,
            "valid/macro_error": macro,
            **{f"valid_error/{key}": rate for key, rate in rates.items()},
            **{f"probe_error/{key}": rate for key, rate in self._rates(probed).items()},
        }
        known = {name: value for name, value in figures.items() if value is not None}
        known["step"] = trainer.global_step - 1  # the step at which training logs its figures
        pl_module.log_dict(known, batch_size=1)
        self.latest = {"macro_error": macro, "step": trainer.global_step, "benchmarks": rates}
        if macro is not None and macro < self.best["macro_error"]:
            self.best = self.latest
        _show(trainer, valid)
        self.seconds += time.monotonic() - self._started

    def _rates(self, decoded: Sequence[_Decoded]) -> dict[str, float | None]:
        """Error rate in percent of each benchmark with decoded utterances."""
        said = _by_dataset(decoded)
        rates = {}
        for row in self.benchmarks:
            if own := said.get(row.key):
                references, texts = [one.reference for one in own], [one.text for one in own]
                counted = count(references, texts, row.spoken, row.metric, profile=self.profile)
                rates[row.key] = counted.pooled().rate
        return rates


def _in_order(decoded: Sequence[_Decoded]) -> list[_Decoded]:
    """Batches of all ranks sorted, without duplicates: an idle rank repeats another's batch."""
    known = {(one.loader, one.datasets[0], one.rows[0].id): one for one in decoded}
    return [known[key] for key in sorted(known)]


def _by_dataset(decoded: Sequence[_Decoded]) -> dict[str, list[Prediction]]:
    rows: dict[str, list[Prediction]] = {}
    for one in decoded:
        for dataset, row in zip(one.datasets, one.rows, strict=True):
            rows.setdefault(dataset, []).append(row)
    return rows


def _show(trainer: L.Trainer, decoded: Sequence[_Decoded]) -> None:
    """Logs a few references and hypotheses as a table to TensorBoard's text page."""
    lines = ["| set | reference | hypothesis |", "|---|---|---|"]
    for key, rows in sorted(_by_dataset(decoded).items()):
        first = sorted(rows, key=lambda row: row.id)[:_SAMPLES]
        lines += [f"| {key} | {row.reference} | {row.hypothesis} |" for row in first]
    for writer in _writers(trainer):
        writer.add_text("transcripts", "\n".join(lines), trainer.global_step)


def _writers(trainer: L.Trainer) -> list[Any]:
    """TensorBoard's writers; they do nothing on ranks other than 0."""
    return [one.experiment for one in trainer.loggers if isinstance(one, TensorBoardLogger)]
