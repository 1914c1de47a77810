"""The processes of a run on several devices: which one this is, how they begin and how they end.

`plion train` starts the others itself; torchrun or srun start them all. Rank 0 alone has the run's
folder. The others wait for its word, train beside it, and leave without having written or printed
anything. What goes wrong on one of them is told by rank 0, and ends all.
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
_GRACE = 5.0  # seconds in which a rank is to notice by itself that another has gone
_LAST_WORK = 1800.0  # seconds in which rank 0 is to write its last checkpoint


class Ranks:
    """A run's processes as one of them sees them: `rank` of `world_size`, on `nodes` machines."""

    def __init__(self, devices: int) -> None:
        """Raises InputError where other processes were started than the `devices` asked for."""
        found = given()
        self.rank, self.world_size, self.per_node = found or (0, devices, devices)
        self.given = found is not None
        self.keep: Callable[[], bool] = _nothing  # a checkpoint of the last whole step, if it can
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
        """All ranks train inside, once rank 0 has called `begin`; after it rank 0 is alone.

        Rank 0 raises what failed on any of them, or where it cannot is ended with the same words.
        """
        before = dict(os.environ)
        # Lightning sets threads itself where this is not said.
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
                self._channel.let_go()
                _leave_group()
            os.environ.clear()
            os.environ.update(before)

    def begin(self, folder: RunFolder) -> None:
        """Rank 0 has the others train: those that wait, or new ones from the folder's config."""
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
        self._channel.give(_TRAIN)

    def dismiss(self) -> None:
        """Rank 0 has nothing to train: those that wait for its word may leave."""
        if self.given:
            self._channel.give(_NOTHING)

    def follow(self, train: Callable[[], None]) -> int:
        """What a rank other than 0 does: trains if rank 0 does. The status to leave with.

        Does not return after a failure, which is rank 0's to tell.
        """
        if _PARENT in os.environ:
            threading.Thread(target=_end_with, args=[int(os.environ[_PARENT])], daemon=True).start()
        try:
            if self._channel.task() == _TRAIN:
                train()
        except KeyboardInterrupt:
            return 128 + signal.SIGINT
        except Exception as error:
            if not isinstance(error, Failed):  # which rank 0 comes to by itself
                self._channel.tell(error)
            os._exit(status(error))  # at once: a tidy end may wait for ranks that wait for this
        return 0

    def ending(self) -> None:
        """Rank 0 waits for no other any more: something has failed, on whichever rank."""
        self._ending.set()

    def _variables(self, rank: int) -> dict[str, str]:
        """A process's surroundings, in torchrun's words."""
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
        """What failed on another rank, if anything did."""
        if told := self._channel.trouble():
            return told
        gone = [rank for rank, other in enumerate(self._others, 1) if _failed(other, seconds=1)]
        return RuntimeError(f"the process of rank {gone[0]} has died") if gone else None

    def _watch(self, folder: RunFolder) -> None:
        """Waits for another rank to fail, where rank 0 may wait for it for ever, as on GPUs."""
        while not self._over.wait(_POLL):
            if self._channel.trouble() or any(other.poll() for other in self._others):
                self._end(folder)
                return

    def _end(self, folder: RunFolder) -> None:
        """Keeps what was trained, and ends rank 0 where it does not come to its end by itself."""
        self._keep_last()
        self._channel.let_go()
        if self._over.wait(_GRACE) or (self._ending.is_set() and self._over.wait(_LAST_WORK)):
            return
        error = self._trouble() or RuntimeError("another rank has ended")
        folder.failed(error=str(error))
        print(f"plion: {error}", file=sys.stderr, flush=True)
        for other in self._others:
            other.kill()
        os._exit(status(error))

    def _keep_last(self) -> None:
        """Has a checkpoint made, which it cannot be in the middle of a change of the weights."""
        until = time.monotonic() + _GRACE
        try:
            while not (self._ending.is_set() or self.keep() or time.monotonic() > until):
                self._over.wait(_AGAIN)
        except Exception as own:  # what failed first is to be told all the same
            print(f"plion: no checkpoint of the last step: {own}", file=sys.stderr)


class Ending(L.Callback):
    """Tells a run's processes that rank 0 has come to its end, which may take long.

    So that it is not taken for one that waits, while a checkpoint is made of the last whole step.
    """

    def __init__(self, ranks: Ranks) -> None:
        self.ranks = ranks

    def on_exception(
        self, trainer: L.Trainer, pl_module: L.LightningModule, exception: BaseException
    ) -> None:
        self.ranks.ending()


def gathered(items: list[Item]) -> list[Item]:
    """The items of all ranks, rank by rank."""
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
    """Whether a process ends within so many seconds, with a status other than 0."""
    try:
        return process.wait(seconds) != 0
    except subprocess.TimeoutExpired:
        return False


def _end_with(parent: int) -> None:
    """Ends this process when the one that started it is gone."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
