"""What the ranks of a run tell each other beside their training: what to do, and what failed.

It goes through the store in which torch's processes meet, before any of them has a model.
"""

import os
import sys
import traceback
from contextlib import suppress
from datetime import timedelta

import torch.distributed as dist
from lightning.fabric.plugins.environments import ClusterEnvironment

from plion.errors import InputError, sentence

_TASK, _TROUBLE, _LEAVE = "plion/task", "plion/trouble", "plion/leave"
_PATIENCE = timedelta(days=7)  # of the others, while rank 0 waits for a folder that is in use
_LAST_WORK = timedelta(minutes=30)  # in which rank 0 is to write its last checkpoint


class Channel:
    """One rank's end. Ranks meet as the first task is given and asked for."""

    def __init__(self, rank: int, world_size: int, environment: ClusterEnvironment) -> None:
        self.rank = rank
        self.world_size = world_size
        self.environment = environment
        self._store: dist.Store | None = None

    def give(self, task: str) -> None:
        """Rank 0 says what is to be done; returns when all have heard it."""
        store = self._meet()
        store.set(_TASK, task)
        store.wait([f"{_TASK}/{rank}" for rank in range(1, self.world_size)])

    def task(self) -> str:
        """What rank 0 says, once it does."""
        store = self._meet()
        store.wait([_TASK], _PATIENCE)
        task = store.get(_TASK).decode()
        store.set(f"{_TASK}/{self.rank}", "heard")  # rank 0 may be gone now, and the store with it
        return task

    def tell(self, error: Exception) -> None:
        """Leaves word of a failure for rank 0; prints it where rank 0 was never met.

        Returns when rank 0 has kept what it trained: launchers end it soon after this rank.
        """
        if self._store is None:
            print(f"plion: rank {self.rank}: {sentence(error) or error}", file=sys.stderr)
            return
        told = sentence(error)
        details = "" if told else traceback.format_exc()
        said = (told or str(error)).replace("\n", " ")
        word = "\n".join([str(status(error)), said, details])
        with suppress(RuntimeError):  # where rank 0 is gone, the failure was its own
            self._store.compare_set(_TROUBLE, "", word)  # the first alone: others follow from it
            self._store.wait([_LEAVE], _LAST_WORK)

    def let_go(self) -> None:
        """Rank 0 has nothing left to do for which those that failed would have to wait."""
        if self._store is not None:
            self._store.set(_LEAVE, "")

    def trouble(self) -> Exception | None:
        """The failure that another rank told of, if there is one."""
        if self._store is None or not self._store.check([_TROUBLE]):
            return None
        number, sentence, details = self._store.get(_TROUBLE).decode().split("\n", 2)
        if int(number) == status(InputError()):
            return InputError(sentence)
        failed = RuntimeError(f"another rank failed: {sentence}")
        failed.add_note(details)
        return failed

    def _meet(self) -> dist.Store:
        if self._store is None:
            os.environ["MASTER_ADDR"] = self.environment.main_address
            os.environ["MASTER_PORT"] = str(self.environment.main_port)
            self._store, _, _ = next(dist.rendezvous("env://", self.rank, self.world_size))
        return self._store


def status(error: Exception) -> int:
    """The exit status of a process that an error ends."""
    return 1 if sentence(error) is None else 2
