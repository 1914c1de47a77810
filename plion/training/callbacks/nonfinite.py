"""Steps whose loss or gradient is not finite: written down, and skipped where that is allowed."""

import json
import logging
import math
from dataclasses import dataclass
from typing import Any

import lightning as L
import torch

from plion.errors import Failed
from plion.models.qwen3_asr.train_batches import Seen, TrainBatch
from plion.runs.folder import RunFolder
from plion.system.files import atomic_write
from plion.training.processes.ranks import gathered
from plion.training.step.module import SpeechRecognizer

log = logging.getLogger(__name__)

_NAMED = 3  # utterances in a sentence


@dataclass
class _Trained:
    """A batch of the step that is under way: its utterances, its loss (nats, summed)."""

    seen: tuple[Seen, ...]
    loss: torch.Tensor | None = None


class Safety(L.Callback):
    """Ends a run at a step whose loss or gradient is not finite, or passes over so many of them.

    The weights and the optimiser stay as they were. All ranks come to the same end: what is not
    finite on one of them is not finite in their sum.
    """

    def __init__(self, folder: RunFolder, allowed: int) -> None:
        """`allowed`: steps of the run that may be skipped."""
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
        """Returns where the step may be skipped; raises Failed where it may not."""
        trainer = module.trainer
        rate = trainer.optimizers[0].param_groups[0]["lr"]
        batches = gathered([_described(one) for one in self._batches])
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
        if len(self.skipped) >= self.allowed:  # fewer may be allowed than when it was stopped
            after = f"{len(self.skipped)} skipped before; " if self.skipped else ""
            raise Failed(
                f"{sentence} ({after}lower optim.lr, leave out what is wrong, or have "
                "trainer.skip_bad_steps skip more steps)"
            )
        self.skipped.append(bad)
        log.warning("skipped %s", sentence)
        for logger in trainer.loggers:
            figures = {"train/skipped_steps": float(len(self.skipped))}
            logger.log_metrics(figures, step=trainer.global_step)


def _described(batch: _Trained) -> dict[str, Any]:
    """The mean loss of a batch's supervised tokens, and the ids of its utterances."""
    tokens = sum(one.tokens for one in batch.seen)
    loss = None if batch.loss is None else _number(float(batch.loss) / max(tokens, 1))
    return {"loss": loss, "ids": [one.id for one in batch.seen]}


def _utterances(batches: list[dict[str, Any]]) -> str:
    """The utterances of the batches that are not finite, or of all where the gradient alone is."""
    worst = [one for one in batches if isinstance(one["loss"], str)] or batches
    ids = [name for one in worst for name in one["ids"]]
    more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    return f"a batch of {', '.join(ids[:_NAMED])}{more}"


def _number(value: float) -> float | str:
    """As JSON has it, which knows no NaN."""
    return value if math.isfinite(value) else f"{value:g}"
