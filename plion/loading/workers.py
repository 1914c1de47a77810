"""A data loader whose workers report errors in one sentence and survive SIGTERM for one step."""

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

from plion.config.schema import Trainer
from plion.errors import Failed, InputError, first_line

_GRACE = 120  # seconds for a stopping run to finish its step
# Longest wait for a batch, in seconds. A slow file system may take minutes for the first one.
PATIENCE = 1800
_LOOK = 5  # seconds between checks that all worker processes are alive
_TIMED_OUT = "DataLoader timed out"  # torch's message
_ADVICE = (
    "give the container more (`docker run --shm-size=8g`), or set trainer.workers=0, which needs "
    "none"
)


class _Loader(DataLoader[Any]):
    """A DataLoader that re-raises its workers' InputErrors without their traceback."""

    def __iter__(self) -> Any:
        try:
            with explained_worker_failures():
                yield from _waited_for(self._started())
        except InputError as error:
            sentence = str(error).rpartition(f"{InputError.__module__}.InputError: ")[2]
            raise InputError(sentence.strip()) from error

    def _started(self) -> Any:
        """Starts the worker processes; raises InputError if shared memory is missing."""
        try:
            if self.num_workers:  # tested first: torch's half-made iterator prints a traceback
                torch.multiprocessing.Event()
            return super().__iter__()
        except OSError as error:
            raise InputError(
                f"the processes of trainer.workers={self.num_workers} cannot be started "
                f"({error.strerror}); if shared memory is missing (on Linux /dev/shm), {_ADVICE}"
            ) from error


def _waited_for(batches: Iterator[Any]) -> Iterator[Any]:
    """Yields the batches of torch's iterator, waiting for each up to PATIENCE in short waits.

    Torch detects dead workers only at the end of a wait, because a worker's signal may arrive
    before torch listens.
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
    """A collator that moves a worker's batch to shared memory itself.

    Otherwise a thread of torch does so. Without room, that thread prints a traceback and drops the
    batch, and the run waits forever.
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
                    f"a batch of {size:.3g} MB of trainer.workers does not fit into shared memory, "
                    f"on Linux /dev/shm ({first_line(error)}); {_ADVICE}"
                ) from error
        return batch


def _tensors(batch: Any) -> Iterator[torch.Tensor]:
    """The tensors in a batch of nested data classes and sequences."""
    if isinstance(batch, torch.Tensor):
        yield batch
    elif is_dataclass(batch):
        for field in fields(batch):
            yield from _tensors(getattr(batch, field.name))
    elif isinstance(batch, tuple | list):
        for one in batch:
            yield from _tensors(one)


@contextmanager
def explained_worker_failures() -> Iterator[None]:
    """Turns torch's RuntimeError for a dead or stuck worker into a Failed with advice.

    Torch may raise it anywhere while workers exist, from its signal handler.
    """
    try:
        yield
    except RuntimeError as error:
        first = first_line(error)
        if first.startswith(_TIMED_OUT):
            raise Failed(
                f"the processes of trainer.workers delivered no batch within {PATIENCE // 60} "
                "minutes: the disk with the audio does not answer, or one of them is stuck; give "
                "the same command again to resume, with trainer.workers=0 if it happens again"
            ) from error
        if first.startswith("DataLoader worker"):
            raise Failed(
                f"a process of trainer.workers has ended ({first.rstrip('. ')}), most likely "
                "because memory ran out: give the same command again to resume, with fewer "
                "trainer.workers"
            ) from error
        raise


def loader(
    clips: Dataset[Any],
    batches: Iterable[list[Any]],
    collate: Callable[[Any], Any],
    trainer: Trainer,
) -> DataLoader[Any]:
    """Makes the data loader for batches of keys into `clips`, with `trainer.workers` processes."""
    return _Loader(
        clips,
        batch_sampler=batches,
        collate_fn=_Sharing(collate),
        num_workers=trainer.workers,
        timeout=min(_LOOK, PATIENCE) if trainer.workers else 0,
        pin_memory=trainer.accelerator != "cpu" and torch.cuda.is_available(),
        worker_init_fn=_outlive,
        generator=torch.Generator(),  # keeps loaders from drawing the model's random numbers
    )


def _outlive(_: int) -> None:
    """Makes a worker survive SIGTERM from a scheduler, which signals all processes, for `_GRACE`.

    The run stops at the end of a step and needs batches until then. SIGTERM from the run itself
    ends the worker at once.
    """
    if hasattr(signal, "sigwaitinfo"):  # missing on macOS, where such a run fails
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
