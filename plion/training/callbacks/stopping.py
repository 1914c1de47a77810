"""Signals that stop a run: to be resumed where it was, with the status of a stopped process."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import lightning as L
import numpy as np
import torch
from lightning.pytorch.utilities.exceptions import SIGTERMException

from plion.system import slurm
from plion.training.callbacks.steps import AtSteps

_SIGNALS = (signal.SIGTERM, signal.SIGUSR1)  # the first counts where ranks have had both


class Stopped(SystemExit):
    """Ends the process with the status of one that a signal has stopped."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.number = number


class Stop(AtSteps):
    """SIGTERM, or under SLURM SIGUSR1, to any rank: all know of it after the same optimiser step.

    `agreed` is then its number. In place of what Lightning does, which talks to the other ranks
    before every batch, or saves the weights in the middle of whatever is being done.
    """

    def __init__(self) -> None:
        self.agreed = 0
        self._asked = 0

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self._listen()
        # It has no other way to be told that somebody else asks the ranks.
        trainer.fit_loop.epoch_loop._broadcast_sigterm_tensor = _ask_nobody  # type: ignore[method-assign]

    def on_validation_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self._listen()  # also in the one that may follow the training

    def _listen(self) -> None:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self._ask)  # Lightning puts back what was before
            if slurm.in_job():
                signal.signal(signal.SIGUSR1, self._ask)

    def of_rank(self, trainer: L.Trainer) -> np.ndarray:
        return np.array([self._asked == one for one in _SIGNALS], dtype=float)

    def on_step_end(
        self, trainer: L.Trainer, pl_module: L.LightningModule, sums: np.ndarray
    ) -> None:
        self._agree_on(sums)

    def agree(self, trainer: L.Trainer) -> None:
        """Asks all ranks, where no step is to come after whose end they would know."""
        own = torch.from_numpy(self.of_rank(trainer)).float().to(trainer.strategy.root_device)
        most = trainer.strategy.reduce(own, reduce_op="max")
        assert isinstance(most, torch.Tensor)
        self._agree_on(most.cpu().numpy())

    def leave(self) -> None:
        """Ends the training where that is agreed."""
        if self.agreed:
            raise Stopped(self.agreed)

    def _agree_on(self, asked: np.ndarray) -> None:
        self.agreed = next((one for one, ranks in zip(_SIGNALS, asked, strict=True) if ranks), 0)

    def _ask(self, number: int, _: Any) -> None:
        self._asked = self._asked or number


def _ask_nobody() -> None:
    pass


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
    if not slurm.in_job():
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
            slurm.requeue()
        raise
    finally:
        signal.signal(signal.SIGUSR1, before)
