"""Rank 0's watch over the other ranks: saves the last step and ends the run when one fails."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import lightning as L

from plion.runs.folder import RunFolder
from plion.training.processes.rank_messages import Channel, status

_POLL, _AGAIN = 0.5, 0.1  # seconds
_GRACE = 5.0  # seconds for a rank to notice by itself that another has ended
_LAST_WORK = 1800.0  # seconds for rank 0 to write its last checkpoint


class Watchdog:
    """Watches the other ranks of a run, as far as rank 0 started them or they report failures.

    others: the processes that rank 0 started. keep: saves a checkpoint of the last complete step,
    or returns False while weights are being updated. ending: set while rank 0 handles a failure
    and no longer waits for other ranks. over: set when training has ended.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.others: list[subprocess.Popen[bytes]] = []
        self.keep: Callable[[], bool] = _nothing
        self.ending, self.over = threading.Event(), threading.Event()

    def failure(self) -> Exception | None:
        """The failure of another rank, or None."""
        if told := self.channel.reported_failure():
            return told
        gone = [rank for rank, other in enumerate(self.others, 1) if has_failed(other, seconds=1)]
        return RuntimeError(f"the process of rank {gone[0]} has died") if gone else None

    def watch(self, folder: RunFolder) -> None:
        """Watches for the failure of another rank, for which rank 0 could wait forever (NCCL)."""
        while not self.over.wait(_POLL):
            if self.channel.reported_failure() or any(other.poll() for other in self.others):
                self._end(folder)
                return

    def _end(self, folder: RunFolder) -> None:
        """Saves the last complete step, then ends rank 0 unless it ends by itself in time."""
        self._keep_last()
        self.channel.release()
        if self.over.wait(_GRACE) or (self.ending.is_set() and self.over.wait(_LAST_WORK)):
            return
        error = self.failure() or RuntimeError("another rank has ended")
        folder.failed(error=str(error))
        print(f"plion: {error}", file=sys.stderr, flush=True)
        for other in self.others:
            other.kill()
        os._exit(status(error))

    def _keep_last(self) -> None:
        """Saves a checkpoint of the last complete step; retries while weights are being updated."""
        until = time.monotonic() + _GRACE
        try:
            while not (self.ending.is_set() or self.keep() or time.monotonic() > until):
                self.over.wait(_AGAIN)
        except Exception as own:  # the first failure must still be reported
            print(f"plion: no checkpoint of the last step: {own}", file=sys.stderr)


class Ending(L.Callback):
    """Marks that rank 0 is handling an error, so that it may take long to save its checkpoint.

    Without it, the watchdog would take rank 0 for stuck and end it.
    """

    def __init__(self, watchdog: Watchdog) -> None:
        self.watchdog = watchdog

    def on_exception(
        self, trainer: L.Trainer, pl_module: L.LightningModule, exception: BaseException
    ) -> None:
        self.watchdog.ending.set()


def has_failed(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether a process ends within `seconds` with a status other than 0."""
    try:
        return process.wait(seconds) != 0
    except subprocess.TimeoutExpired:
        return False


def _nothing() -> bool:
    return True
