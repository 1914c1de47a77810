"""Base class of callbacks that run per optimiser step, whatever its number of batches and ranks."""

from typing import Any

import lightning as L
import numpy as np

from plion.training.step.module import SpeechRecognizer


class AtSteps(L.Callback):
    """A callback with a hook at the end of each step, given its numbers summed over all ranks.

    They are summed together with the step's losses, in the same all_reduce.
    """

    def of_rank(self, trainer: L.Trainer) -> np.ndarray:
        """This rank's numbers of the step, before the update; same length on every rank."""
        return np.zeros(0)

    def on_step_end(
        self, trainer: L.Trainer, pl_module: L.LightningModule, sums: np.ndarray
    ) -> None:
        """Called after a step, before any validation; `sums`: `of_rank` summed over ranks."""

    def on_before_optimizer_step(
        self, trainer: L.Trainer, pl_module: L.LightningModule, optimizer: Any
    ) -> None:
        assert isinstance(pl_module, SpeechRecognizer)  # its own hook runs after this one
        pl_module.shared.own[type(self).__name__] = self.of_rank(trainer)

    def on_train_batch_end(
        self,
        trainer: L.Trainer,
        pl_module: L.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        assert isinstance(pl_module, SpeechRecognizer)
        if (batch_idx + 1) % trainer.accumulate_grad_batches == 0:
            self.on_step_end(trainer, pl_module, pl_module.shared.of_all[type(self).__name__])


def validation_follows(trainer: L.Trainer) -> bool:
    """Whether a validation follows the step that just ended."""
    if not trainer.enable_validation:
        return False
    assert trainer.val_check_batch is not None  # None only for validations by time
    batches = trainer.global_step * trainer.accumulate_grad_batches
    return batches % trainer.val_check_batch == 0
