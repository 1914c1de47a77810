"""The processes of a run on several devices: how they start, fail and end.

`plion train` starts the other ranks itself; torchrun or srun start all ranks. Only rank 0 writes
to the run's folder and prints. The other ranks wait for its task, train, and exit. A failure on
any rank is reported by rank 0 and ends all ranks.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import lightning as L
import torch
import torch.distributed as dist
from lightning.fabric.plugins.environments.lightning import find_free_network_port

from plion.errors import Failed, InputError
from plion.runs.folder import RunFolder
from plion.training.processes.launch import environment, given
from plion.training.processes.rank_messages import Channel, status

Item = TypeVar("Item")

_TRAIN, _NOTHING = "train", "nothing"
_PARENT = "PLION_PARENT"  # the process that started this one
_POLL, _AGAIN = 0.5, 0.1  # seconds
_GRACE = 5.0  # seconds for a rank to notice by itself that another has ended
_LAST_WORK = 1800.0  # seconds for rank 0 to write its last checkpoint


class Ranks:
    """This process among those of a run: `rank` of `world_size`, on `nodes` machines."""

    def __init__(self, devices: int) -> None:
        """Raises InputError if the number of started processes differs from `devices`."""
        found = given()
        self.rank, self.world_size, self.per_node = found or (0, devices, devices)
        self.given = found is not None
        # Saves a checkpoint of the last complete step; False while weights are being updated.
        self.keep: Callable[[], bool] = _nothing
        self._others: list[subprocess.Popen[bytes]] = []
        self._ending, self._over = threading.Event(), threading.Event()
        if self.world_size != devices:
            raise InputError(
                f"trainer.devices is {devices}, but {self.world_size} processes were started; make "
                "them the same number"
            )
        self._channel = Channel(self.rank, self.world_size, environment(self.world_size))

    @property
    def nodes(self) -> int:
        return self.world_size // self.per_node

    @contextmanager
    def together(self) -> Iterator[None]:
        """Context in which all ranks train, from rank 0's call of `begin`; only rank 0 leaves it.

        Raises on rank 0 the first failure of any rank; if rank 0 is stuck, prints it and ends the
        process.
        """
        before = dict(os.environ)
        # Without this Lightning sets the number of threads itself.
        os.environ.setdefault("OMP_NUM_THREADS", str(torch.get_num_threads()))
        if self.world_size > 1 and not self.given:
            os.environ.update(self._variables(0))
        try:
            yield
            _leave_group()
            self._over.set()
            for other in self._others:
                _failed(other, seconds=60)
        except Exception as error:
            self._ending.set()
            own = self.rank or isinstance(error, Failed)
            found = None if own else self._trouble()
            if found is None:
                raise
            raise found from error
        finally:
            self._over.set()
            for other in self._others:
                other.kill()
            if not self.rank:
                self._channel.release()
                _leave_group()
            os.environ.clear()
            os.environ.update(before)

    def begin(self, folder: RunFolder) -> None:
        """On rank 0, makes waiting ranks train, or starts new processes with the run's config."""
        if self.world_size == 1 or self.rank:
            return
        if not self.given:
            for rank in range(1, self.world_size):
                self._others.append(
                    subprocess.Popen(
                        [sys.executable, "-m", "plion", "train", str(folder.config)],
                        env=os.environ | self._variables(rank) | {_PARENT: str(os.getpid())},
                        stdout=subprocess.DEVNULL,
                    )
                )
        threading.Thread(target=self._watch, args=[folder], daemon=True).start()
        self._channel.send_task(_TRAIN)

    def dismiss(self) -> None:
        """On rank 0, lets waiting ranks exit because there is nothing to train."""
        if self.given:
            self._channel.send_task(_NOTHING)

    def follow(self, train: Callable[[], None]) -> int:
        """On other ranks, waits for rank 0's task and trains if told to; returns the exit status.

        After a failure it reports to rank 0 and ends the process instead of returning.
        """
        if _PARENT in os.environ:
            threading.Thread(target=_end_with, args=[int(os.environ[_PARENT])], daemon=True).start()
        try:
            if self._channel.receive_task() == _TRAIN:
                train()
        except KeyboardInterrupt:
            return 128 + signal.SIGINT
        except Exception as error:
            if not isinstance(error, Failed):  # rank 0 raises Failed as well
                self._channel.report_failure(error)
            os._exit(status(error))  # a normal exit could wait for ranks that wait for this one
        return 0

    def ending(self) -> None:
        """Marks that rank 0 handles a failure and no longer waits for other ranks."""
        self._ending.set()

    def _variables(self, rank: int) -> dict[str, str]:
        """Environment variables of a rank, named as torchrun names them."""
        port = os.environ.get("MASTER_PORT") if rank else str(find_free_network_port())
        return {
            "RANK": str(rank),
            "LOCAL_RANK": str(rank),
            "WORLD_SIZE": str(self.world_size),
            "LOCAL_WORLD_SIZE": str(self.world_size),
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(port),
        }

    def _trouble(self) -> Exception | None:
        """The failure of another rank, or None."""
        if told := self._channel.reported_failure():
            return told
        gone = [rank for rank, other in enumerate(self._others, 1) if _failed(other, seconds=1)]
        return RuntimeError(f"the process of rank {gone[0]} has died") if gone else None

    def _watch(self, folder: RunFolder) -> None:
        """Watches for the failure of another rank, for which rank 0 could wait forever (NCCL)."""
        while not self._over.wait(_POLL):
            if self._channel.reported_failure() or any(other.poll() for other in self._others):
                self._end(folder)
                return

    def _end(self, folder: RunFolder) -> None:
        """Saves the last complete step, then ends rank 0 unless it ends by itself in time."""
        self._keep_last()
        self._channel.release()
        if self._over.wait(_GRACE) or (self._ending.is_set() and self._over.wait(_LAST_WORK)):
            return
        error = self._trouble() or RuntimeError("another rank has ended")
        folder.failed(error=str(error))
        print(f"plion: {error}", file=sys.stderr, flush=True)
        for other in self._others:
            other.kill()
        os._exit(status(error))

    def _keep_last(self) -> None:
        """Saves a checkpoint of the last complete step; retries while weights are being updated."""
        until = time.monotonic() + _GRACE
        try:
            while not (self._ending.is_set() or self.keep() or time.monotonic() > until):
                self._over.wait(_AGAIN)
        except Exception as own:  # the first failure must still be reported
            print(f"plion: no checkpoint of the last step: {own}", file=sys.stderr)


class Ending(L.Callback):
    """Marks that rank 0 is handling an error, so that it may take long to save its checkpoint.

    Without it, the watching thread would take rank 0 for stuck and end it.
    """

    def __init__(self, ranks: Ranks) -> None:
        self.ranks = ranks

    def on_exception(
        self, trainer: L.Trainer, pl_module: L.LightningModule, exception: BaseException
    ) -> None:
        self.ranks.ending()


def gathered(items: list[Item]) -> list[Item]:
    """The items of all ranks, in order of rank; same list on every rank."""
    if not dist.is_initialized():
        return items
    parts: list[list[Item]] = [[] for _ in range(dist.get_world_size())]
    dist.all_gather_object(parts, items)
    return [item for part in parts for item in part]


def _nothing() -> bool:
    return True


def _leave_group() -> None:
    if dist.is_initialized():
        dist.destroy_process_group()


def _failed(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether a process ends within `seconds` with a status other than 0."""
    try:
        return process.wait(seconds) != 0
    except subprocess.TimeoutExpired:
        return False


def _end_with(parent: int) -> None:
    """Ends this process when its parent is gone."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
