"""Callbacks of optimiser steps, each of which may have several batches on several ranks."""

from typing import Any

import lightning as L
import numpy as np

from plion.training.step.module import SpeechRecognizer


class AtSteps(L.Callback):
    """A callback that is told when a step has ended, with the sums of its numbers over all ranks.

    They are summed with the losses of the step, so that it costs the ranks no more words.
    """

    def of_rank(self, trainer: L.Trainer) -> np.ndarray:
        """This rank's numbers of the step whose gradients are there; as many on every rank."""
        return np.zeros(0)

    def on_step_end(
        self, trainer: L.Trainer, pl_module: L.LightningModule, sums: np.ndarray
    ) -> None:
        """A step has ended, its `sums` are there; a validation that follows it is yet to come."""

    def on_before_optimizer_step(
        self, trainer: L.Trainer, pl_module: L.LightningModule, optimizer: Any
    ) -> None:
        assert isinstance(pl_module, SpeechRecognizer)  # whose hook comes after this one
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


def validates(trainer: L.Trainer) -> bool:
    """Whether a validation follows the step that has ended."""
    if not trainer.enable_validation:
        return False
    assert trainer.val_check_batch is not None  # as where time decides when
    batches = trainer.global_step * trainer.accumulate_grad_batches
    return batches % trainer.val_check_batch == 0
