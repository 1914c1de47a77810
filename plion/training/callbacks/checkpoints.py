"""Checkpoints: written atomically, so that a run always has an intact one to resume from."""

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
from plion.training.callbacks.stopping import Stop
from plion.training.step.module import SpeechRecognizer
from plion.training.step.step_sums import AtSteps, validation_follows


def last_checkpoint(folder: RunFolder) -> Path:
    """Path of the checkpoint that a run is resumed from; it may not exist yet."""
    return folder.checkpoints / "last.ckpt"


class WholeCheckpoints(TorchCheckpointIO):
    """Writes a checkpoint to a temporary file in the same folder and renames it.

    Lightning writes to the system's temporary folder. If that is another file system, its move is
    a copy, and a kill or a full disk would leave a partial copy over the last checkpoint.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None
    ) -> None:
        """Raises InputError when the disk is full, OSError for other failures to write."""
        path = Path(path)
        path.parent.mkdir(exist_ok=True)  # not its parents: a removed run stays removed
        with replacing(path) as draft, draft.open("wb") as file:
            try:
                torch.save(checkpoint, file)
            except RuntimeError as error:
                # torch's writer reports a wrong position and hides the disk's error.
                if isinstance(error.__context__, OSError):
                    raise error.__context__ from error
                raise


class LastCheckpoint(AtSteps, Checkpoint):
    """Saves the checkpoint to resume from.

    It is saved every `every` steps, after the last step, and before and after each validation. A
    run resumed from the one before a validation repeats the validation, so that a failed
    validation costs no training. After an error the last complete step is saved.
    """

    def __init__(self, path: Path, every: int, stop: Stop) -> None:
        """`every`: optimiser steps. `stop` ends training after the checkpoint is saved."""
        self.path = path
        self.every = every
        self.stop = stop
        self.step = 0  # of the saved checkpoint
        self._within_a_step = self._before_validation = False
        self._one_at_a_time = threading.Lock()

    def on_load_checkpoint(
        self, trainer: L.Trainer, pl_module: L.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Converts Lightning's count of batches per rank to the present number of ranks."""
        self.step = checkpoint["global_step"]
        now = self.step * trainer.accumulate_grad_batches
        counts = checkpoint["loops"]["fit_loop"]["epoch_loop.batch_progress"]
        for kind in ("total", "current"):
            then = counts[kind]["processed"]
            for name in ("ready", "started", "processed", "completed"):
                counts[kind][name] += now - then  # a batch may be processed but not completed

    def on_step_end(
        self, trainer: L.Trainer, pl_module: L.LightningModule, sums: np.ndarray
    ) -> None:
        ended = trainer.global_step == trainer.max_steps
        due = ended or self.stop.agreed or trainer.global_step % self.every == 0
        if due and not validation_follows(trainer):
            self._save(trainer)
            self.stop.leave()

    def on_validation_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if trainer.state.fn == TrainerFn.FITTING:
            # A validation after resuming starts from the checkpoint's counts; later ones must not.
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
        """Saves a checkpoint of the last complete step, on rank 0, without the other ranks.

        May be called from another thread while the main one waits for a failed rank. Returns False
        if the weights are being updated: try again.
        """
        assert isinstance(pl_module, SpeechRecognizer)
        device = pl_module.device
        # Work queued on the default stream may wait for the failed rank.
        aside = torch.cuda.Stream(device) if device.type == "cuda" else None
        with self._one_at_a_time, torch.cuda.stream(aside) if aside else nullcontext():
            if trainer.global_step <= self.step or not trainer.is_global_zero:
                return True
            if not trainer.training or pl_module.updating:
                return False
            self._within_a_step = True
            # `Trainer.save_checkpoint` would wait for the other ranks.
            state = trainer._checkpoint_connector.dump_checkpoint(weights_only=False)
            trainer.strategy.save_checkpoint(state, self.path)
            self.step = trainer.global_step
        return True

    def on_save_checkpoint(
        self, trainer: L.Trainer, pl_module: L.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Adapts Lightning's loop state to where the checkpoint was made."""
        loops = checkpoint["loops"]["fit_loop"]
        if self._before_validation:
            # Lightning repeats a validation that had started its first batch.
            begun = loops["epoch_loop.val_loop.batch_progress"]["total"]
            begun |= {"ready": 1, "started": 1}
        if self._within_a_step:
            self._rewind_to_last_step(trainer, checkpoint)

    def _rewind_to_last_step(self, trainer: L.Trainer, checkpoint: dict[str, Any]) -> None:
        """Sets the loop state of a checkpoint made within a step to the end of the last one."""
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
