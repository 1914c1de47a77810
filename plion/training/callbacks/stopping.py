"""Signals that stop a run: it saves a checkpoint and exits with status 128 + signal number."""

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
from plion.system.signals import Stopped
from plion.training.step.step_sums import AtSteps

_SIGNALS = (signal.SIGTERM, signal.SIGUSR1)  # the first wins if ranks received both


class Stop(AtSteps):
    """Stops all ranks after the same optimiser step when any rank receives a signal.

    Signals: SIGTERM, and SIGUSR1 under SLURM; `agreed` is then the signal's number. Replaces
    Lightning's handling, which communicates before every batch or saves in the middle of a step.
    """

    def __init__(self) -> None:
        self.agreed = 0
        self._asked = 0

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self._listen()
        # Replaces Lightning's own signal check: it would ask all ranks a second time.
        trainer.fit_loop.epoch_loop._broadcast_sigterm_tensor = _ask_nobody  # type: ignore[method-assign]

    def on_validation_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self._listen()  # also for a validation after training

    def _listen(self) -> None:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self._ask)  # Lightning restores the previous handler
            if slurm.in_job():
                signal.signal(signal.SIGUSR1, self._ask)

    def of_rank(self, trainer: L.Trainer) -> np.ndarray:
        return np.array([self._asked == one for one in _SIGNALS], dtype=float)

    def on_step_end(
        self, trainer: L.Trainer, pl_module: L.LightningModule, sums: np.ndarray
    ) -> None:
        self._agree_on(sums)

    def agree(self, trainer: L.Trainer) -> None:
        """Asks all ranks whether to stop, at a point where no step follows to tell them."""
        own = torch.from_numpy(self.of_rank(trainer)).float().to(trainer.strategy.root_device)
        most = trainer.strategy.reduce(own, reduce_op="max")
        assert isinstance(most, torch.Tensor)
        self._agree_on(most.cpu().numpy())

    def leave(self) -> None:
        """Raises Stopped if the ranks agreed to stop."""
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
    """Converts Lightning's exceptions for signals into Stopped and KeyboardInterrupt."""
    try:
        yield
    except Stopped:
        raise
    except SIGTERMException as stop:
        raise Stopped(signal.SIGTERM) from stop
    except SystemExit as stop:  # Lightning's conversion of Ctrl-C
        raise KeyboardInterrupt from stop


@contextmanager
def requeued(rank: int) -> Iterator[None]:
    """Under SLURM, requeues the job on SIGUSR1, after the checkpoint is saved.

    Training stops at the end of a step. Other work stops at once and is repeated when resumed.
    """
    if not slurm.in_job():
        yield
        return
    process = os.getpid()

    def leave(*_: Any) -> None:
        if os.getpid() == process:  # ignored by a loader's worker
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
