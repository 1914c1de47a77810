"""The LightningModule: one step of fine-tuning a model, its loss and its optimiser."""

import math
import zlib
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Self

import lightning as L
import numpy as np
import torch
import torch.distributed as dist
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch.nn.utils import get_total_norm
from torch.optim.lr_scheduler import LambdaLR

from plion.config.schema import Experiment
from plion.errors import Failed
from plion.loading.batches import DecodeBatch, Example, TrainBatch
from plion.models.base import Loaded
from plion.models.trainable.prepare import prepare, rest
from plion.models.values import GREEDY, LossSums
from plion.training.step.optimizers import optimizer
from plion.training.step.step_sums import Shared

# Keys of a checkpoint that hold weights; with averaging, `state_dict` is the average and
# `current_model_state` the trained weights.
_STATES = {"state_dict", "current_model_state"}


def _stop(module: "SpeechRecognizer", loss: float, norm: float) -> None:
    """Default reaction to a step whose loss or gradient norm is not finite."""
    raise Failed(f"the loss of a step is {loss:g} and its gradient norm {norm:g}")


class SpeechRecognizer(L.LightningModule):
    """A model of any family, trained on its supervised tokens.

    The loss of a step is the mean over the supervised tokens of all its batches and ranks: batches
    are summed, and gradients divided by the token count once, before clipping. `shared` holds what
    callbacks sum over the ranks, so that a step has one all_reduce beside that of the gradients.
    """

    def __init__(
        self,
        loaded: Loaded,
        exp: Experiment,
        factors: Sequence[float],
    ) -> None:
        """`factors`: multiplier of `optim.lr` in each optimiser step."""
        super().__init__()
        self.loaded = loaded
        self.model = loaded.model
        self.parts = loaded.family.parts
        prepare(self.model, self.parts, exp.model, exp.trainer.gradient_checkpointing)
        self.exp = exp
        self.factors = list(factors)
        self.totals = torch.zeros(len(fields(LossSums)))  # of this rank, since the last step
        self.shared = Shared()
        self.not_finite = _stop  # a replacement returns if the step may be skipped
        self.updating = False  # whether an update of the weights is under way

    def sums(self, example: Example) -> LossSums:
        """The loss of a batch; neither pass, forward or backward, synchronises with the device."""
        return self.loaded.sums(example)

    def train(self, mode: bool = True) -> Self:
        """Keeps frozen parts in evaluation mode while training."""
        super().train(mode)
        if mode:
            towers = self.exp.trainer.gradient_checkpointing
            rest(self.model, self.parts, self.exp.model, towers)
        return self

    def transfer_batch_to_device(
        self, batch: TrainBatch | DecodeBatch, device: torch.device, dataloader_idx: int
    ) -> TrainBatch | DecodeBatch:
        """Moves a batch to the device, from pinned memory without blocking as Lightning would."""
        return batch.to(device, non_blocking=device.type == "cuda")

    def training_step(self, batch: TrainBatch, _: int) -> torch.Tensor | None:
        if batch.example is None:
            return None if self.trainer.world_size == 1 else self._nothing()
        torch.manual_seed(self._seed(batch))
        sums = self.sums(batch.example)
        parts = torch.stack([value.detach().float() for value in vars(sums).values()])
        self.totals = self.totals.to(parts.device) + parts
        return sums.loss

    def _seed(self, batch: TrainBatch) -> int:
        """Seed of a batch's dropout, the same when resumed and on any number of ranks."""
        ids = zlib.crc32("\n".join([one.id for one in batch.seen]).encode())
        sequence = np.random.SeedSequence([self.exp.seed, self.trainer.global_step, ids])
        return int(sequence.generate_state(1, np.uint64)[0])

    def validation_step(
        self, batch: DecodeBatch, _: int, dataloader_idx: int = 0
    ) -> dict[str, Any]:
        """`said`: the transcripts of a batch, scored by a callback; `sums`: its loss or None."""
        said = self.loaded.decode(batch.request, batch.limits, GREEDY)
        sums = self.sums(batch.example) if batch.example else None
        return {"sums": sums, "said": said}

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Turns summed gradients into the step's: per token over all ranks, clipped.

        A step without any readable audio, or with a loss or gradient that is not finite, changes
        no weight.
        """
        step, shared = self._over_ranks()
        gradients = [p.grad for p in self.parameters() if p.grad is not None]
        # Lightning divided by the batches of a step, DDP by the ranks.
        batches = self.trainer.accumulate_grad_batches * self.trainer.world_size
        scale = batches / step.tokens.clamp(min=1)
        norm = scale * get_total_norm(gradients).to(scale)
        # The only values that the host waits for in a step; the same on all ranks.
        waited = torch.stack([step.tokens, step.loss / step.tokens, norm])
        tokens, loss, length, *sums = torch.cat([waited, shared]).tolist()
        self.shared.set_sums(sums if self.trainer.world_size > 1 else self.shared.flat())
        if not tokens:
            self.zero_grad()
            return
        figures = {
            "train/loss": step.loss / step.tokens,
            "train/loss_text": step.text / step.text_tokens.clamp(min=1),
            "train/loss_prefix": step.prefix / step.prefix_tokens.clamp(min=1),
            "train/grad_norm": norm,  # before it is clipped
        }
        self.log_dict(figures, batch_size=1)
        if not (math.isfinite(loss) and math.isfinite(length)):
            self.zero_grad()
            self.not_finite(self, loss, length)
            return
        if self.exp.optim.clip:
            scale = scale * (self.exp.optim.clip / (norm + 1e-6)).clamp(max=1)
        torch._foreach_mul_(gradients, scale)
        self.updating = True

    def _over_ranks(self) -> tuple[LossSums, torch.Tensor]:
        """Losses of a step and the `shared` numbers, summed over ranks; one rank shares nothing."""
        # Totals start on the CPU and stay there until a batch has readable audio.
        totals = self.totals.to(self.device)
        self.totals = torch.zeros_like(totals)
        if self.trainer.world_size == 1:
            return LossSums(*totals), totals[:0]
        shared = torch.from_numpy(self.shared.flat()).to(self.device)
        both = torch.cat([totals.double(), shared])
        # Not through Lightning's strategy, which adds a barrier before it.
        dist.all_reduce(both)
        return LossSums(*both[: len(totals)].float()), both[len(totals) :]

    def on_train_batch_end(self, *_: Any) -> None:
        self.updating = False

    def _nothing(self) -> torch.Tensor:
        """A loss of zero, because the other ranks wait for this rank's gradients."""
        trained = [weight for weight in self.parameters() if weight.requires_grad]
        return 0 * torch.stack([weight.flatten()[0].float() for weight in trained]).sum()

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Leaves out frozen weights, which the base model has; they are often most of a model."""
        frozen = self._frozen()
        for kind in _STATES & checkpoint.keys():
            states = checkpoint[kind].items()
            checkpoint[kind] = {name: state for name, state in states if name not in frozen}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        for kind in _STATES & checkpoint.keys():
            checkpoint[kind] = self._frozen() | checkpoint[kind]

    def _frozen(self) -> dict[str, torch.Tensor]:
        named = self.named_parameters(remove_duplicate=False)  # lm_head may be tied
        return {name: weight.data for name, weight in named if not weight.requires_grad}

    def configure_optimizers(self) -> OptimizerLRScheduler:
        chosen = optimizer(self.parameters(), self.exp.optim)
        scheduler = LambdaLR(chosen, self.learning_rate_factor)
        return {
            "optimizer": chosen,
            "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
        }

    def learning_rate_factor(self, step: int) -> float:
        """The factor of the peak learning rate at a step."""
        # The scheduler asks once more after the last step.
        return self.factors[min(step, len(self.factors) - 1)]
