"""Signals that stop a run: to be resumed where it was, with the status of a stopped process."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import lightning as L
import torch
from lightning.pytorch.utilities.exceptions import SIGTERMException


class Stopped(SystemExit):
    """Ends the process with the status of one that a signal has stopped."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.number = number


class Stop(L.Callback):
    """SIGTERM, or under SLURM SIGUSR1, to any rank: all know of it after the same optimiser step.

    `agreed` is then its number. In place of Lightning's handlers, which talk to the other ranks or
    save the weights in the middle of whatever is being done.
    """

    def __init__(self) -> None:
        self.agreed = 0
        self._asked = 0

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self._ask)  # Lightning puts back what was before
            if _in_slurm():
                signal.signal(signal.SIGUSR1, self._ask)

    def on_train_batch_end(
        self,
        trainer: L.Trainer,
        pl_module: L.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        if (batch_idx + 1) % trainer.accumulate_grad_batches == 0:
            self.agreed = self._asked
            if trainer.world_size > 1:
                asked = torch.tensor(self._asked, device=trainer.strategy.root_device)
                self.agreed = int(trainer.strategy.reduce(asked, reduce_op="max"))

    def leave(self) -> None:
        """Ends the training where that is agreed."""
        if self.agreed:
            raise Stopped(self.agreed)

    def _ask(self, number: int, _: Any) -> None:
        self._asked = self._asked or number


@contextmanager
def stopped_by_signal() -> Iterator[None]:
    """Leaves with the status of a process stopped by a signal; Lightning has others."""
    try:
        yield
    except Stopped:
        raise
    except SIGTERMException as stop:
        raise Stopped(signal.SIGTERM) from stop
    except SystemExit as stop:  # what Lightning makes of Ctrl-C
        raise KeyboardInterrupt from stop


@contextmanager
def requeued(rank: int) -> Iterator[None]:
    """Under SLURM, SIGUSR1 puts the job back into the queue, once what is done is on the disk.

    Training stops for it at the end of a step. Anything else is left at once and done again.
    """
    if not _in_slurm():
        yield
        return
    process = os.getpid()

    def leave(*_: Any) -> None:
        if os.getpid() == process:  # and not a loader's worker
            raise Stopped(signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, leave)
    try:
        yield
    except Stopped as stop:
        if stop.number == signal.SIGUSR1 and not rank:
            _requeue()
        raise
    finally:
        signal.signal(signal.SIGUSR1, before)


def _in_slurm() -> bool:
    return "SLURM_JOB_ID" in os.environ


def _requeue() -> None:
    array, task = (os.environ.get(f"SLURM_ARRAY_{one}_ID") for one in ("JOB", "TASK"))
    job = f"{array}_{task}" if array else os.environ["SLURM_JOB_ID"]
    try:
        subprocess.run(["scontrol", "requeue", job], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"plion: job {job} is not queued again, submit it anew: {error}", file=sys.stderr)
