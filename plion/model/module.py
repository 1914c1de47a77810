"""The LightningModule: one step of fine-tuning Qwen3-ASR, its loss and its optimiser."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import lightning as L
import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch.nn import functional as F
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR
from transformers import Qwen3ASRForConditionalGeneration

from plion.model.batch import Example
from plion.model.decode import transcribe
from plion.model.loading import DecodeBatch, TrainBatch
from plion.model.prompt import Prompter
from plion.model.schedule import factor
from plion.settings import Experiment


@dataclass
class LossSums:
    """Cross-entropy in nats summed over a batch; `prefix` is the language tag's part of it."""

    loss: torch.Tensor
    units: torch.Tensor
    text: torch.Tensor
    text_tokens: torch.Tensor
    prefix: torch.Tensor
    prefix_tokens: torch.Tensor


class SpeechRecognizer(L.LightningModule):
    """Qwen3-ASR with a loss on the assistant's target alone.

    The loss of a step is the mean over the supervised tokens (or utterances) of all its batches
    and ranks: batches are summed, and gradients divided by the count once, before clipping.
    """

    def __init__(
        self,
        model: Qwen3ASRForConditionalGeneration,
        prompter: Prompter,
        exp: Experiment,
        fractions: Sequence[float],
    ) -> None:
        """`fractions`: consumed over held at each optimiser step, 0 to 1."""
        super().__init__()
        self.model = model
        self.prompter = prompter
        self.exp = exp
        self.fractions = fractions
        self.totals = torch.zeros(len(fields(LossSums)))  # of this rank, since the last step

    def sums(self, batch: Example) -> LossSums:
        """The loss of a batch. `lm_head` runs on the supervised positions only."""
        hidden = self.model.model(
            input_ids=batch.ids,
            attention_mask=batch.mask,
            input_features=batch.features.to(self.model.dtype),
            input_features_mask=batch.features_mask,
            use_cache=False,
        ).last_hidden_state
        logits = self.model.lm_head(hidden[batch.rows, batch.columns]).float()
        losses = F.cross_entropy(logits, batch.labels, reduction="none")
        prefix_tokens = batch.in_prefix.sum()
        prefix = (losses.detach() * batch.in_prefix).sum()
        if self.exp.loss.unit == "utterances":
            tokens = torch.bincount(batch.rows, minlength=len(batch.ids))
            loss = (losses / tokens[batch.rows]).sum()
            units = torch.tensor(len(batch.ids), device=loss.device)
        else:
            loss = losses.sum()
            units = torch.tensor(len(batch.labels), device=loss.device)
        return LossSums(
            loss=loss,
            units=units,
            text=losses.detach().sum() - prefix,
            text_tokens=len(batch.labels) - prefix_tokens,
            prefix=prefix,
            prefix_tokens=prefix_tokens,
        )

    def training_step(self, batch: TrainBatch, _: int) -> torch.Tensor | None:
        if batch.example is None:
            return None if self.trainer.world_size == 1 else self._nothing()
        sums = self.sums(batch.example)
        parts = torch.stack([value.detach().float() for value in vars(sums).values()])
        self.totals = self.totals.to(parts.device) + parts
        return sums.loss

    def validation_step(
        self, batch: DecodeBatch, _: int, dataloader_idx: int = 0
    ) -> dict[str, Any]:
        """What is `said` to a batch, which a callback scores, and its `sums` if it has targets."""
        said = transcribe(self.model, batch.request, batch.limits, self.prompter)
        return {"sums": self.sums(batch.example) if batch.example else None, "said": said}

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Divides the summed gradients by the units of the step, over all ranks, and logs it."""
        reduced = self.trainer.strategy.reduce(self.totals, reduce_op="sum")
        step = LossSums(*reduced)
        self.totals = torch.zeros_like(self.totals)
        gradients = [p.grad for p in self.parameters() if p.grad is not None]
        if not step.units:  # all audio of the step was bad
            self.zero_grad()
            return
        # Lightning has divided by the batches of a step, and DDP by the ranks.
        scale = self.trainer.accumulate_grad_batches * self.trainer.world_size / step.units
        torch._foreach_mul_(gradients, scale)
        figures = {
            "train/loss": step.loss / step.units,
            "train/loss_text": step.text / step.text_tokens.clamp(min=1),
            "train/loss_prefix": step.prefix / step.prefix_tokens.clamp(min=1),
        }
        self.log_dict(figures, batch_size=1)

    def _nothing(self) -> torch.Tensor:
        """A loss without effect: the other ranks wait for this one's gradients."""
        return 0 * torch.stack([p.flatten()[0].float() for p in self.parameters()]).sum()

    def configure_optimizers(self) -> OptimizerLRScheduler:
        optim = self.exp.optim
        matrices = [p for p in self.parameters() if p.requires_grad and p.ndim > 1]
        vectors = [p for p in self.parameters() if p.requires_grad and p.ndim <= 1]
        groups = [
            {"params": matrices, "weight_decay": optim.weight_decay},
            {"params": vectors, "weight_decay": 0.0},
        ]
        optimizer = AdamW(groups, lr=optim.lr, betas=(optim.beta1, optim.beta2))
        scheduler = LambdaLR(optimizer, self._learning_rate_factor)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
        }

    def _learning_rate_factor(self, step: int) -> float:
        optim = self.exp.optim
        # After its last step the scheduler asks once more.
        fraction = self.fractions[min(step, len(self.fractions) - 1)]
        return factor(optim.schedule, optim.warmup, optim.floor, fraction)
