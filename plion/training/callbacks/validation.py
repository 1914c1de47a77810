"""What a validation comes to: errors of the validation sets and of a probe, samples, the best."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lightning as L
from lightning.pytorch.loggers import TensorBoardLogger

from plion.models.qwen3_asr.decode_batches import DecodeBatch
from plion.recognition.decode_sets import predictions
from plion.recognition.recognizers import parsed
from plion.scoring.benchmarks import Benchmark
from plion.scoring.counts import count
from plion.scoring.predictions import Prediction
from plion.scoring.statistics.averages import macro_average
from plion.training.processes.ranks import gathered
from plion.training.step.module import LossSums

_SAMPLES = 1  # transcripts shown per benchmark and validation
_VALID, _PROBE = 0, 1  # loaders


@dataclass(frozen=True)
class _Decoded:
    """A batch of a loader with what was said; `losses` are sums over text and prefix (tokens)."""

    loader: int
    datasets: list[str]
    rows: list[Prediction]
    losses: list[float]


class ValidationScores(L.Callback):
    """Scores what the model says to the validation sets: errors per benchmark and their mean.

    Ranks decode a part each, and all of them come to the same scores. A probe, the loader after
    the sets', is scored beside them and decides nothing. `latest` is of the last validation,
    `best` of the first with the lowest mean; both are in the checkpoint.
    """

    def __init__(self, benchmarks: Sequence[Benchmark], profile: str) -> None:
        self.benchmarks = benchmarks
        self.profile = profile
        self.latest: dict[str, Any] = {}
        self.best: dict[str, Any] = {"macro_error": math.inf, "step": 0}
        self._decoded: list[_Decoded] = []

    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best, "latest": self.latest}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.best = state_dict["best"]
        self.latest = state_dict["latest"]

    def on_fit_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Lays out a page that has the two errors of each benchmark in one chart."""
        charts = {
            row.key: ["Multiline", [f"valid_error/{row.key}$", f"probe_error/{row.key}$"]]
            for row in self.benchmarks
        }
        for writer in _writers(trainer):
            writer.add_custom_scalars({"validation and probe": charts})

    def on_validation_epoch_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self._decoded = []

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
                predictions(batch.utterances, [parsed(raw) for raw in outputs["said"]]),
                [float(value) for value in losses],
            )
        )

    def on_validation_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        decoded = _in_order(gathered(self._decoded))
        valid, probed = (
            [one for one in decoded if one.loader == loader] for loader in (_VALID, _PROBE)
        )
        rates = self._rates(valid)
        macro = macro_average(rates)
        # Summed in one order whatever the ranks, so that the figures are the same to the bit.
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
        known["step"] = trainer.global_step - 1  # where training's own figures stand
        pl_module.log_dict(known, batch_size=1)
        self.latest = {"macro_error": macro, "step": trainer.global_step, "benchmarks": rates}
        if macro is not None and macro < self.best["macro_error"]:
            self.best = self.latest
        _show(trainer, valid)

    def _rates(self, decoded: Sequence[_Decoded]) -> dict[str, float | None]:
        """The error of each benchmark that anything was decoded of."""
        said = _by_dataset(decoded)
        rates = {}
        for row in self.benchmarks:
            if own := said.get(row.key):
                references, texts = [one.reference for one in own], [one.text for one in own]
                counted = count(references, texts, row.language, row.metric, profile=self.profile)
                rates[row.key] = counted.pooled().rate
        return rates


def _in_order(decoded: Sequence[_Decoded]) -> list[_Decoded]:
    """Batches of all ranks in one order, each once: an idle rank repeats another's."""
    known = {(one.loader, one.datasets[0], one.rows[0].id): one for one in decoded}
    return [known[key] for key in sorted(known)]


def _by_dataset(decoded: Sequence[_Decoded]) -> dict[str, list[Prediction]]:
    rows: dict[str, list[Prediction]] = {}
    for one in decoded:
        for dataset, row in zip(one.datasets, one.rows, strict=True):
            rows.setdefault(dataset, []).append(row)
    return rows


def _show(trainer: L.Trainer, decoded: Sequence[_Decoded]) -> None:
    """A few references beside what was said, as a table in TensorBoard's text page."""
    lines = ["| set | reference | hypothesis |", "|---|---|---|"]
    for key, rows in sorted(_by_dataset(decoded).items()):
        first = sorted(rows, key=lambda row: row.id)[:_SAMPLES]
        lines += [f"| {key} | {row.reference} | {row.hypothesis} |" for row in first]
    for writer in _writers(trainer):
        writer.add_text("transcripts", "\n".join(lines), trainer.global_step)


def _writers(trainer: L.Trainer) -> list[Any]:
    """TensorBoard's; on ranks other than 0 they do nothing."""
    return [one.experiment for one in trainer.loggers if isinstance(one, TensorBoardLogger)]
