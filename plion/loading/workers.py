"""A loader whose workers say what is wrong in a sentence, and outlive the signal to stop."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset, get_worker_info

from plion.config.schema import Experiment
from plion.errors import Failed, InputError, first_line

_GRACE = 120  # seconds in which a run that is to stop finishes its step
# Seconds in which the next batch is to come. A slow file system takes minutes for a first batch;
# what takes longer than this will not come at all.
PATIENCE = 1800
_LOOK = 5  # seconds after which it is looked whether all processes are still there
_TIMED_OUT = "DataLoader timed out"  # torch's words
_ADVICE = (
    "give the container more (`docker run --shm-size=8g`), or set trainer.workers=0, which does "
    "without"
)


class _Loader(DataLoader[Any]):
    """A DataLoader whose workers' InputErrors are a sentence again, without their traceback."""

    def __iter__(self) -> Any:
        try:
            with workers_told():
                yield from _waited_for(self._started())
        except InputError as error:
            sentence = str(error).rpartition(f"{InputError.__module__}.InputError: ")[2]
            raise InputError(sentence.strip()) from error

    def _started(self) -> Any:
        """The iterator with its processes, whose queues have semaphores in shared memory."""
        try:
            if self.num_workers:  # before torch, whose half-made iterator leaves a traceback
                torch.multiprocessing.Event()
            return super().__iter__()
        except OSError as error:
            raise InputError(
                f"the processes of trainer.workers={self.num_workers} cannot be started "
                f"({error.strerror}); if it is shared memory that lacks (on Linux /dev/shm), "
                f"{_ADVICE}"
            ) from error


def _waited_for(batches: Iterator[Any]) -> Iterator[Any]:
    """The batches of torch's iterator, each waited for as long as PATIENCE, a little at a time.

    Torch looks for processes that have ended at the end of each wait alone: the signal that tells
    of one may come before it listens.
    """
    since = time.monotonic()
    while True:
        try:
            batch = next(batches)
        except StopIteration:
            return
        except RuntimeError as error:
            if not first_line(error).startswith(_TIMED_OUT) or time.monotonic() - since > PATIENCE:
                raise
            continue
        yield batch
        since = time.monotonic()


class _Sharing:
    """A collator that moves a batch to shared memory itself, where it is one of a worker.

    Left to torch, a thread behind the worker's queue does it. If there is no room, that thread
    prints a traceback and drops the batch, and the run waits for it for ever.
    """

    def __init__(self, collate: Callable[[Any], Any]) -> None:
        self.collate = collate

    def __call__(self, clips: Any) -> Any:
        batch = self.collate(clips)
        if get_worker_info() is not None:
            tensors = list(_tensors(batch))
            try:
                for tensor in tensors:
                    tensor.share_memory_()
            except RuntimeError as error:
                size = sum(tensor.nbytes for tensor in tensors) / 1e6
                raise InputError(
                    f"a batch of {size:.3g} MB cannot be handed over by a process of "
                    f"trainer.workers in shared memory, on Linux /dev/shm ({first_line(error)}); "
                    f"{_ADVICE}"
                ) from error
        return batch


def _tensors(batch: Any) -> Iterator[torch.Tensor]:
    """The tensors in a batch, which is made of data classes and sequences."""
    if isinstance(batch, torch.Tensor):
        yield batch
    elif is_dataclass(batch):
        for field in fields(batch):
            yield from _tensors(getattr(batch, field.name))
    elif isinstance(batch, tuple | list):
        for one in batch:
            yield from _tensors(one)


@contextmanager
def workers_told() -> Iterator[None]:
    """Turn torch's RuntimeError for a loader's process that ended or is stuck into a Failed.

    It may be raised anywhere while there are such processes: torch asks after them when the system
    says that one has ended.
    """
    try:
        yield
    except RuntimeError as error:
        first = first_line(error)
        if first.startswith(_TIMED_OUT):
            raise Failed(
                f"no batch came from the processes of trainer.workers within {PATIENCE // 60} "
                "minutes: the disk with the audio does not answer, or one of them is stuck; give "
                "the same command again to resume, with trainer.workers=0 if it happens again"
            ) from error
        if first.startswith("DataLoader worker"):
            raise Failed(
                f"a process of trainer.workers has ended ({first.rstrip('. ')}), most likely "
                "killed for want of memory: give the same command again to resume, with fewer "
                "trainer.workers"
            ) from error
        raise


def loader(
    clips: Dataset[Any],
    batches: Iterable[list[Any]],
    collate: Callable[[Any], Any],
    exp: Experiment,
) -> DataLoader[Any]:
    """Clips in the given batches of keys: for `Clips`, (number, draw number)."""
    return _Loader(
        clips,
        batch_sampler=batches,
        collate_fn=_Sharing(collate),
        num_workers=exp.trainer.workers,
        timeout=min(_LOOK, PATIENCE) if exp.trainer.workers else 0,
        pin_memory=exp.trainer.accelerator != "cpu" and torch.cuda.is_available(),
        worker_init_fn=_outlive,
        generator=torch.Generator(),  # so that no loader draws from the model's random numbers
    )


def _outlive(_: int) -> None:
    """Has a worker go on for a while after SIGTERM, which schedulers send to all processes.

    The run that it works for stops at the end of a step, and needs its batches until then. From the
    run itself the signal is an end at once, as it is to every worker of torch's.
    """
    if hasattr(signal, "sigwaitinfo"):  # which macOS lacks: there a run so stopped has failed
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        threading.Thread(target=_wait_for_the_end, args=[os.getppid()], daemon=True).start()


def _wait_for_the_end(run: int) -> None:
    if signal.sigwaitinfo({signal.SIGTERM}).si_pid != run:
        until = time.monotonic() + _GRACE
        while (left := until - time.monotonic()) > 0:
            sent = signal.sigtimedwait({signal.SIGTERM}, left)
            if sent and sent.si_pid == run:
                break
    os._exit(0)
