"""Checkpoints on disk: whole or not at all, so that a run always has one to resume from."""

import threading
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import torch
from lightning.pytorch.callbacks import Checkpoint
from lightning.pytorch.plugins.io import TorchCheckpointIO
from lightning.pytorch.trainer.states import TrainerFn

from plion.runs.folder import RunFolder
from plion.system.files import replacing
from plion.training.callbacks.steps import AtSteps, validates
from plion.training.callbacks.stopping import Stop
from plion.training.step.module import SpeechRecognizer


def last_checkpoint(folder: RunFolder) -> Path:
    """The checkpoint that a run is resumed from, there or not."""
    return folder.checkpoints / "last.ckpt"


class WholeCheckpoints(TorchCheckpointIO):
    """Writes a checkpoint beside its place and moves it there.

    Lightning writes it to the system's folder for temporary files; where that is another file
    system, the move is a copy, which a kill or a full disk leaves half done over the last one.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None
    ) -> None:
        """Raises InputError when the disk is full, OSError for what else the system refuses."""
        path = Path(path)
        path.parent.mkdir(exist_ok=True)  # and not a run's folder that was removed meanwhile
        with replacing(path) as draft, draft.open("wb") as file:
            try:
                torch.save(checkpoint, file)
            except RuntimeError as error:
                # torch's writer tells of a wrong position and hides what the disk said.
                if isinstance(error.__context__, OSError):
                    raise error.__context__ from error
                raise


class LastCheckpoint(AtSteps, Checkpoint):
    """Keeps the checkpoint to resume from.

    It is made after every so many steps, after the last, and around validations. The one before a
    validation is resumed by validating anew, so that whatever ends a validation costs no training.
    Where an error ends the training, one is made of the last whole step.
    """

    def __init__(self, path: Path, every: int, stop: Stop) -> None:
        """`every`: optimiser steps. A `stop` is followed once a checkpoint is made."""
        self.path = path
        self.every = every
        self.stop = stop
        self.step = 0  # of the checkpoint that is kept
        self._within_a_step = self._before_validation = False
        self._one_at_a_time = threading.Lock()

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

    def on_step_end(
        self, trainer: L.Trainer, pl_module: L.LightningModule, sums: np.ndarray
    ) -> None:
        ended = trainer.global_step == trainer.max_steps
        due = ended or self.stop.agreed or trainer.global_step % self.every == 0
        if due and not validates(trainer):
            self._save(trainer)
            self.stop.leave()

    def on_validation_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if trainer.state.fn == TrainerFn.FITTING:
            # Resumed, it has what is said of it in the checkpoint, which is not so of later ones.
            trainer.fit_loop.epoch_loop.val_loop.batch_progress.total.reset()
            self._before_validation = True
            self._save(trainer)
            self._before_validation = False

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if trainer.state.fn == TrainerFn.FITTING:
            self.stop.agree(trainer)
            self._save(trainer)
            self.stop.leave()

    def on_exception(
        self, trainer: L.Trainer, pl_module: L.LightningModule, exception: BaseException
    ) -> None:
        if isinstance(exception, Exception):
            self.keep(trainer, pl_module)

    def keep(self, trainer: L.Trainer, pl_module: L.LightningModule) -> bool:
        """Makes a checkpoint of the last whole step, on rank 0 and without the others.

        Also from another thread, while this one waits for a rank that has failed. False where none
        can be made now: weights are being changed.
        """
        assert isinstance(pl_module, SpeechRecognizer)
        device = pl_module.device
        # What is asked of the device in the usual stream may come after what is waited for.
        aside = torch.cuda.Stream(device) if device.type == "cuda" else None
        with self._one_at_a_time, torch.cuda.stream(aside) if aside else nullcontext():
            if trainer.global_step <= self.step or not trainer.is_global_zero:
                return True
            if not trainer.training or pl_module.updating:
                return False
            self._within_a_step = True
            # `Trainer.save_checkpoint` would wait for the others, which may never come.
            state = trainer._checkpoint_connector.dump_checkpoint(weights_only=False)
            trainer.strategy.save_checkpoint(state, self.path)
            self.step = trainer.global_step
        return True

    def on_save_checkpoint(
        self, trainer: L.Trainer, pl_module: L.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Has the checkpoint say where it was made, in terms that Lightning resumes from."""
        loops = checkpoint["loops"]["fit_loop"]
        if self._before_validation:
            # As if a first batch had been begun: validations that have are run again.
            begun = loops["epoch_loop.val_loop.batch_progress"]["total"]
            begun |= {"ready": 1, "started": 1}
        if self._within_a_step:
            self._of_the_step_before(trainer, checkpoint)

    def _of_the_step_before(self, trainer: L.Trainer, checkpoint: dict[str, Any]) -> None:
        """Makes a checkpoint from within a step one of the end of the step before."""
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
