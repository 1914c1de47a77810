"""What callbacks count in a step, summed over the ranks in one all_reduce, and a hook for it."""

from collections.abc import Sequence
from typing import Any

import lightning as L
import numpy as np


class Shared:
    """Numbers of callbacks that are summed over the ranks together with a step's losses.

    A callback sets `own[name]` before the optimiser steps: same name and length on every rank.
    `of_all[name]` holds the sums afterwards.
    """

    def __init__(self) -> None:
        self.own: dict[str, np.ndarray] = {}
        self.of_all: dict[str, np.ndarray] = {}

    def flat(self) -> np.ndarray:
        """This rank's numbers as one vector, in the same order on every rank."""
        return np.concatenate([np.zeros(0), *[self.own[name] for name in sorted(self.own)]])

    def set_sums(self, sums: Sequence[float] | np.ndarray) -> None:
        """Sets `of_all` from the sums of all ranks' `flat()`."""
        names = sorted(self.own)
        ends = np.cumsum([len(self.own[name]) for name in names])[:-1]
        parts = np.split(np.asarray(sums, dtype=float), ends) if names else []
        self.of_all = dict(zip(names, parts, strict=True))


class AtSteps(L.Callback):
    """A callback with a hook at the end of each step, given its numbers summed over all ranks.

    They are summed together with the step's losses, in the same all_reduce. The module that is
    trained is a `plion.training.step.module.SpeechRecognizer`.
    """

    def of_rank(self, trainer: L.Trainer) -> np.ndarray:
        """This rank's numbers of the step, before the update; same length on every rank."""
        return np.zeros(0)

    def on_step_end(
        self, trainer: L.Trainer, pl_module: L.LightningModule, sums: np.ndarray
    ) -> None:
        """Called after a step, before any validation; `sums`: `of_rank` summed over ranks."""

    def on_before_optimizer_step(self, trainer: L.Trainer, pl_module: Any, optimizer: Any) -> None:
        # The module's own hook, which sums, runs after this one.
        pl_module.shared.own[type(self).__name__] = self.of_rank(trainer)

    def on_train_batch_end(
        self,
        trainer: L.Trainer,
        pl_module: Any,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        if (batch_idx + 1) % trainer.accumulate_grad_batches == 0:
            sums = pl_module.shared.of_all[type(self).__name__]
            self.on_step_end(trainer, pl_module, sums)


def validation_follows(trainer: L.Trainer) -> bool:
    """Whether a validation follows the step that just ended."""
    if not trainer.enable_validation:
        return False
    assert trainer.val_check_batch is not None  # None only for validations by time
    batches = trainer.global_step * trainer.accumulate_grad_batches
    return batches % trainer.val_check_batch == 0
