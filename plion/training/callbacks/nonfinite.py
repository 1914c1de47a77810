"""Steps with a loss or gradient that is not finite: recorded, skipped up to an allowed number."""

import json
import logging
import math
from dataclasses import dataclass
from typing import Any

import lightning as L
import torch

from plion.errors import Failed
from plion.loading.batches import Seen, TrainBatch
from plion.runs.folder import RunFolder
from plion.system.files import atomic_write
from plion.training.processes.group import gather
from plion.training.step.module import SpeechRecognizer

log = logging.getLogger(__name__)

_NAMED = 3  # utterances named in the message


@dataclass
class _Trained:
    """A batch of the current step: its utterances, its summed loss in nats."""

    seen: tuple[Seen, ...]
    loss: torch.Tensor | None = None


class Safety(L.Callback):
    """Skips steps with a loss or gradient that is not finite; ends the run after too many.

    A skipped step leaves weights and optimiser unchanged. All ranks decide alike: a value that is
    not finite on one rank makes the sum over ranks so.
    """

    def __init__(self, folder: RunFolder, allowed: int) -> None:
        """`allowed`: number of steps that may be skipped in the run."""
        self.folder = folder
        self.allowed = allowed
        self.skipped: list[dict[str, Any]] = []  # the steps, as in bad_step.json
        self._batches: list[_Trained] = []  # of this rank

    def state_dict(self) -> dict[str, Any]:
        return {"skipped": list(self.skipped)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.skipped = state_dict["skipped"]

    def setup(self, trainer: L.Trainer, pl_module: L.LightningModule, stage: str) -> None:
        assert isinstance(pl_module, SpeechRecognizer)
        pl_module.not_finite = self._met

    def on_train_batch_start(
        self, trainer: L.Trainer, pl_module: L.LightningModule, batch: TrainBatch, batch_idx: int
    ) -> None:
        if batch_idx % trainer.accumulate_grad_batches == 0:
            self._batches = []
        self._batches.append(_Trained(batch.seen))

    def on_before_backward(
        self, trainer: L.Trainer, pl_module: L.LightningModule, loss: torch.Tensor
    ) -> None:
        # Lightning has divided it by the batches of a step.
        self._batches[-1].loss = loss.detach() * trainer.accumulate_grad_batches

    def _met(self, module: SpeechRecognizer, loss: float, norm: float) -> None:
        """Records the step and returns if it may be skipped; otherwise raises Failed."""
        trainer = module.trainer
        rate = trainer.optimizers[0].param_groups[0]["lr"]
        batches = gather([_described(one) for one in self._batches])
        bad = {
            "step": trainer.global_step + 1,
            "loss": _number(loss),
            "gradient_norm": _number(norm),
            "learning_rate": rate,
            "batches": batches,
        }
        path = self.folder.path / "bad_step.json"
        if trainer.is_global_zero:
            content = json.dumps([*self.skipped, bad], indent=2, ensure_ascii=False)
            atomic_write(path, content + "\n")
        sentence = (
            f"step {bad['step']}: the loss is {loss:g} and the gradient norm {norm:g} at learning "
            f"rate {rate:.3g}, in {_utterances(batches)}; see {path.name} in the run's folder"
        )
        if len(self.skipped) >= self.allowed:  # a resumed run may allow fewer than before
            after = f"{len(self.skipped)} skipped before; " if self.skipped else ""
            raise Failed(
                f"{sentence} ({after}lower optim.lr, remove the bad utterances, or raise "
                "trainer.skip_bad_steps)"
            )
        self.skipped.append(bad)
        log.warning("skipped %s", sentence)
        for logger in trainer.loggers:
            figures = {"train/skipped_steps": float(len(self.skipped))}
            logger.log_metrics(figures, step=trainer.global_step)


def _described(batch: _Trained) -> dict[str, Any]:
    """Mean loss per supervised token of a batch, and the ids of its utterances."""
    tokens = sum(one.tokens for one in batch.seen)
    loss = None if batch.loss is None else _number(float(batch.loss) / max(tokens, 1))
    return {"loss": loss, "ids": [one.id for one in batch.seen]}


def _utterances(batches: list[dict[str, Any]]) -> str:
    """Names utterances of the batches whose loss is not finite, or of all if it is the gradient."""
    worst = [one for one in batches if isinstance(one["loss"], str)] or batches
    ids = [name for one in worst for name in one["ids"]]
    more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    return f"a batch of {', '.join(ids[:_NAMED])}{more}"


def _number(value: float) -> float | str:
    """A number for JSON: as text if it is not finite."""
    return value if math.isfinite(value) else f"{value:g}"
