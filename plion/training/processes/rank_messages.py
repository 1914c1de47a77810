"""Messages between the ranks of a run: tasks from rank 0, failures from the others.

They go through torch's rendezvous store, which exists before any model is loaded.
"""

import os
import sys
import traceback
from contextlib import suppress
from datetime import timedelta

import torch.distributed as dist
from lightning.fabric.plugins.environments import ClusterEnvironment

from plion.errors import InputError, sentence

HERE = "127.0.0.1"  # where rank 0 hosts the store, unless a launcher says so
_TASK, _TROUBLE, _LEAVE = "plion/task", "plion/trouble", "plion/leave"
_PATIENCE = timedelta(days=7)  # other ranks wait while rank 0 waits for a folder in use
_LAST_WORK = timedelta(minutes=30)  # for rank 0 to write its last checkpoint


class Channel:
    """One rank's end of the channel. It connects when the first task is sent or awaited."""

    def __init__(self, rank: int, world_size: int, environment: ClusterEnvironment) -> None:
        self.rank = rank
        self.world_size = world_size
        self.environment = environment
        self._store: dist.Store | None = None
        self._server: dist.TCPStore | None = None

    def host(self) -> int:
        """Has rank 0 listen for ranks of this machine, at a port that the system chooses.

        Returns the port. It is bound until the process ends or forgets the channel, so that two
        runs never meet: torch gives every store of this process at this port the same server.
        """
        self._server = dist.TCPStore(
            HERE, 0, is_master=True, wait_for_workers=False, multi_tenant=True
        )
        return int(self._server.port)

    def send_task(self, task: str) -> None:
        """Sends a task from rank 0 to the others; returns when all have received it."""
        store = self._meet()
        store.set(_TASK, task)
        store.wait([f"{_TASK}/{rank}" for rank in range(1, self.world_size)])

    def receive_task(self) -> str:
        """Waits for the task from rank 0 and returns it."""
        store = self._meet()
        store.wait([_TASK], _PATIENCE)
        task = store.get(_TASK).decode()
        store.set(f"{_TASK}/{self.rank}", "heard")  # rank 0, which hosts the store, may exit now
        return task

    def report_failure(self, error: Exception) -> None:
        """Sends a failure to rank 0; prints it if the channel was never connected.

        Returns after rank 0 has saved its last checkpoint, because launchers end rank 0 soon after
        this process exits.
        """
        if self._store is None:
            print(f"plion: rank {self.rank}: {sentence(error) or error}", file=sys.stderr)
            return
        told = sentence(error)
        details = "" if told else traceback.format_exc()
        said = (told or str(error)).replace("\n", " ")
        word = "\n".join([str(status(error)), said, details])
        with suppress(RuntimeError):  # rank 0 is gone: it has failed itself
            self._store.compare_set(_TROUBLE, "", word)  # only the first, which causes the others
            self._store.wait([_LEAVE], _LAST_WORK)

    def release(self) -> None:
        """Releases ranks that wait for rank 0 to finish its last checkpoint."""
        if self._store is not None:
            self._store.set(_LEAVE, "")

    def reported_failure(self) -> Exception | None:
        """The first failure reported by another rank, or None."""
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
    """The exit status for an error: 2 for bad input, else 1."""
    return 1 if sentence(error) is None else 2
