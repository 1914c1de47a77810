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

import torch

from plion.errors import Failed, InputError
from plion.runs.folder import RunFolder
from plion.training.processes.group import leave_group
from plion.training.processes.launch import environment, launched_ranks
from plion.training.processes.rank_messages import HERE, Channel, status
from plion.training.processes.watchdog import Watchdog, has_failed

_TRAIN, _NOTHING = "train", "nothing"
_PARENT = "PLION_PARENT"  # the process that started this one


class Ranks:
    """This process among those of a run: `rank` of `world_size`, on `nodes` machines."""

    def __init__(self, devices: int) -> None:
        """Raises InputError if the number of started processes differs from `devices`."""
        found = launched_ranks()
        self.rank, self.world_size, self.per_node = found or (0, devices, devices)
        self.given = found is not None
        if self.world_size != devices:
            raise InputError(
                f"trainer.devices is {devices}, but {self.world_size} processes were started; make "
                "them the same number"
            )
        self._channel = Channel(self.rank, self.world_size, environment(self.world_size))
        self.watchdog = Watchdog(self._channel)

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
            os.environ["MASTER_PORT"] = str(self._channel.host())
            os.environ.update(self._variables(0))
        try:
            yield
            leave_group()
            self.watchdog.over.set()
            for other in self.watchdog.others:
                has_failed(other, seconds=60)
        except Exception as error:
            self.watchdog.ending.set()
            own = self.rank or isinstance(error, Failed)
            found = None if own else self.watchdog.failure()
            if found is None:
                raise
            raise found from error
        finally:
            self.watchdog.over.set()
            for other in self.watchdog.others:
                other.kill()
            if not self.rank:
                self._channel.release()
                leave_group()
            os.environ.clear()
            os.environ.update(before)

    def begin(self, folder: RunFolder) -> None:
        """On rank 0, makes waiting ranks train, or starts new processes with the run's config."""
        if self.world_size == 1 or self.rank:
            return
        if not self.given:
            for rank in range(1, self.world_size):
                self.watchdog.others.append(
                    subprocess.Popen(
                        [sys.executable, "-m", "plion", "train", str(folder.config)],
                        env=os.environ | self._variables(rank) | {_PARENT: str(os.getpid())},
                        stdout=subprocess.DEVNULL,
                    )
                )
        threading.Thread(target=self.watchdog.watch, args=[folder], daemon=True).start()
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

    def _variables(self, rank: int) -> dict[str, str]:
        """Environment variables of a rank, named as torchrun names them, beside MASTER_PORT."""
        return {
            "RANK": str(rank),
            "LOCAL_RANK": str(rank),
            "WORLD_SIZE": str(self.world_size),
            "LOCAL_WORLD_SIZE": str(self.world_size),
            "MASTER_ADDR": HERE,
        }


def _end_with(parent: int) -> None:
    """Ends this process when its parent is gone."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
