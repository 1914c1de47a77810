"""Checkpoints on disk: whole or not at all, so that a run always has one to resume from."""

from pathlib import Path
from typing import Any

import lightning as L
import torch
from lightning.pytorch.callbacks import Checkpoint
from lightning.pytorch.plugins.io import TorchCheckpointIO
from lightning.pytorch.trainer.states import TrainerFn

from plion.model.module import SpeechRecognizer
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
    when it resumes, and what it would have found is lost. Where an error ends the training, one is
    made of the last whole step.
    """

    def __init__(self, path: Path, every: int, stop: Stop) -> None:
        """`every`: optimiser steps. A `stop` is followed once a checkpoint is made."""
        self.path = path
        self.every = every
        self.stop = stop
        self.step = 0  # of the checkpoint that is kept
        self._within_a_step = False

    def on_load_checkpoint(
        self, trainer: L.Trainer, pl_module: L.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Turns the batches that a rank had taken into what one has now, with as many steps done.

        Lightning counts a rank's batches, and there may have been another number of ranks.
        """
        self.step = checkpoint["global_step"]
        now = self.step * trainer.accumulate_grad_batches
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
            self._save(trainer)
            self.stop.leave()

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if trainer.state.fn == TrainerFn.FITTING:
            self._save(trainer)
            self.stop.leave()

    def on_exception(
        self, trainer: L.Trainer, pl_module: L.LightningModule, exception: BaseException
    ) -> None:
        assert isinstance(pl_module, SpeechRecognizer)
        whole = trainer.training and not pl_module.updating and trainer.global_step > self.step
        if isinstance(exception, Exception) and whole and trainer.is_global_zero:
            self._within_a_step = True
            # Without the others, which may never come: `Trainer.save_checkpoint` waits for them.
            state = trainer._checkpoint_connector.dump_checkpoint(weights_only=False)
            trainer.strategy.save_checkpoint(state, self.path)
            self.step = trainer.global_step

    def on_save_checkpoint(
        self, trainer: L.Trainer, pl_module: L.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Makes a checkpoint from within a step one of the end of the step before."""
        if not self._within_a_step:
            return
        done = checkpoint["global_step"] * trainer.accumulate_grad_batches
        loops = checkpoint["loops"]["fit_loop"]
        for counts in loops["epoch_loop.batch_progress"].values():
            if isinstance(counts, dict):
                counts |= dict.fromkeys(("ready", "started", "processed"), done)
                counts["completed"] = done - 1
        loops["epoch_loop.state_dict"]["_batches_that_stepped"] -= 1  # Lightning adds one again

    def _save(self, trainer: L.Trainer) -> None:
        trainer.save_checkpoint(self.path)
        self.step = trainer.global_step
