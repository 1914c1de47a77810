"""Checkpoints on disk: whole or not at all, so that a run always has one to resume from."""

from pathlib import Path
from typing import Any

import lightning as L
import torch
from lightning.pytorch.callbacks import Checkpoint
from lightning.pytorch.plugins.io import TorchCheckpointIO
from lightning.pytorch.trainer.states import TrainerFn

from plion.runs import replacing
from plion.training.stopping import Stop


class WholeCheckpoints(TorchCheckpointIO):
    """Writes a checkpoint beside its place and moves it there.

    Lightning writes it to the system's folder for temporary files; where that is another file
    system, the move is a copy, which a kill or a full disk leaves half done over the last one.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None
    ) -> None:
        """Raises InputError when the disk is full."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as draft, draft.open("wb") as file:
            try:
                torch.save(checkpoint, file)
            except RuntimeError as error:
                # torch's writer tells of a wrong position and hides what the disk said.
                if isinstance(error.__context__, OSError):
                    raise error.__context__ from error
                raise


class LastCheckpoint(Checkpoint):
    """Keeps the checkpoint to resume from, made after every so many steps and every validation.

    Where a validation follows a step, never before it: Lightning takes that validation as done
    when it resumes, and what it would have found is lost.
    """

    def __init__(self, path: Path, every: int, stop: Stop) -> None:
        """`every`: optimiser steps. A `stop` is followed once a checkpoint is made."""
        self.path = path
        self.every = every
        self.stop = stop

    def on_load_checkpoint(
        self, trainer: L.Trainer, pl_module: L.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Turns the batches that a rank had taken into what one has now, with as many steps done.

        Lightning counts a rank's batches, and there may have been another number of ranks.
        """
        now = checkpoint["global_step"] * trainer.accumulate_grad_batches
        counts = checkpoint["loops"]["fit_loop"]["epoch_loop.batch_progress"]
        for kind in ("total", "current"):
            then = counts[kind]["processed"]
            for name in ("ready", "started", "processed", "completed"):
                counts[kind][name] += now - then  # one batch may still lack its completion

    def on_train_batch_end(
        self,
        trainer: L.Trainer,
        pl_module: L.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        step_ends = (batch_idx + 1) % trainer.accumulate_grad_batches == 0
        due = self.stop.agreed or trainer.global_step % self.every == 0
        interval = trainer.val_check_batch if trainer.enable_validation else None
        validates = interval is not None and (batch_idx + 1) % interval == 0
        if step_ends and due and not validates:
            trainer.save_checkpoint(self.path)
            self.stop.leave()

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if trainer.state.fn == TrainerFn.FITTING:
            trainer.save_checkpoint(self.path)
            self.stop.leave()
