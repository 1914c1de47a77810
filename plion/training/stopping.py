"""Signals that stop a run: to be resumed where it was, with the status of a stopped process."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import lightning as L
from lightning.pytorch.utilities.exceptions import SIGTERMException


class Stop(L.Callback):
    """SIGTERM to any rank: all know of it after the same optimiser step, which `agreed` says.

    In place of Lightning's handler, which talks to the other ranks in the middle of whatever they
    are doing, and waits for them for ever.
    """

    def __init__(self) -> None:
        self.agreed = False
        self._asked = False

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self._ask)  # Lightning puts back what was before

    def on_train_batch_end(
        self,
        trainer: L.Trainer,
        pl_module: L.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        if (batch_idx + 1) % trainer.accumulate_grad_batches == 0:
            self.agreed = trainer.strategy.reduce_boolean_decision(self._asked, all=False)

    def leave(self) -> None:
        """Ends the training where that is agreed."""
        if self.agreed:
            raise SIGTERMException

    def _ask(self, *_: Any) -> None:
        self._asked = True


@contextmanager
def stopped_by_signal() -> Iterator[None]:
    """Leaves with the status of a process stopped by a signal; Lightning has others."""
    try:
        yield
    except SIGTERMException as stop:
        raise SystemExit(128 + signal.SIGTERM) from stop
    except SystemExit as stop:  # what Lightning makes of Ctrl-C
        raise KeyboardInterrupt from stop
