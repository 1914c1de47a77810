"""A loader whose workers say what is wrong in a sentence, and outlive the signal to stop."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset

from plion.errors import InputError
from plion.settings import Experiment

_GRACE = 120  # seconds in which a run that is to stop finishes its step


class _Loader(DataLoader[Any]):
    """A DataLoader whose workers' InputErrors are a sentence again, without their traceback."""

    def __iter__(self) -> Any:
        try:
            yield from super().__iter__()
        except InputError as error:
            sentence = str(error).rpartition(f"{InputError.__module__}.InputError: ")[2]
            raise InputError(sentence.strip()) from error


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
        collate_fn=collate,
        num_workers=exp.trainer.workers,
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
