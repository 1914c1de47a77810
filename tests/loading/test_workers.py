"""Loading in processes of their own."""

import os
import resource
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny import Tiny
from torch.utils.data import Dataset

from plion.errors import Failed, InputError
from plion.loading import workers
from plion.loading.workers import loader


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has torch wait less for the processes of a loader that is thrown away."""
    monkeypatch.setattr("torch.utils.data._utils.MP_STATUS_CHECK_INTERVAL", 0.1)


class Clip(Dataset[torch.Tensor]):
    """A clip of 2 MB, before which something happens to the process that loads it."""

    def __init__(self, happens: Callable[[], object]) -> None:
        self.happens = happens

    def __getitem__(self, key: tuple[int, int]) -> torch.Tensor:
        self.happens()
        return torch.zeros(250_000, dtype=torch.float64)


def loaded(tiny: Tiny, happens: Callable[[], object], count: int = 1) -> list[Any]:
    """What a loader with a process of its own makes of such a clip."""
    exp = tiny.experiment(Path("runs"), f"trainer.workers={count}")
    return list(loader(Clip(happens), [[(0, 0)]], torch.stack, exp.trainer))


def no_room() -> None:
    """Has the system refuse what is larger than 1 MB, as a /dev/shm that is full does."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (10**6, resource.RLIM_INFINITY))


def test_shared_memory_without_room_is_one_sentence_and_no_endless_wait(tiny: Tiny) -> None:
    with pytest.raises(InputError) as error:
        loaded(tiny, no_room)
    sentence = str(error.value)
    assert sentence.startswith("a batch of 2 MB of trainer.workers does not fit into shared memory")
    assert "/dev/shm (unable to" in sentence and "File too large" in sentence
    assert "--shm-size=8g" in sentence and "trainer.workers=0" in sentence
    assert "\n" not in sentence


def test_batches_are_the_same_with_processes_and_without(tiny: Tiny) -> None:
    (with_, without) = (loaded(tiny, lambda: None, count) for count in (1, 0))
    assert torch.equal(with_[0], without[0]) and with_[0].is_shared()


def test_processes_that_cannot_be_started_are_one_sentence(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("torch.multiprocessing.Event", full)
    with pytest.raises(InputError, match=r"trainer.workers=1 cannot be started \(No space left"):
        loaded(tiny, lambda: None)


def test_a_process_that_is_stuck_ends_the_run_after_a_while(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "PATIENCE", 1)
    monkeypatch.setattr(workers, "_LOOK", 0.3)
    with pytest.raises(Failed, match="the processes of trainer.workers delivered no batch within"):
        loaded(tiny, lambda: time.sleep(2.5))


def test_a_batch_that_takes_longer_than_a_look_is_waited_for(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_LOOK", 0.1)
    (batch,) = loaded(tiny, lambda: time.sleep(0.5))
    assert batch.shape == (1, 250_000)


def test_a_process_whose_end_no_signal_tells_of_is_noticed(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_LOOK", 0.3)
    monkeypatch.setattr(
        "torch.utils.data.dataloader._utils.signal_handling._set_SIGCHLD_handler", lambda: None
    )
    before = signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        with pytest.raises(
            Failed, match="of trainer.workers has ended .*, most likely because memory ran out"
        ):
            loaded(tiny, lambda: os.kill(os.getpid(), signal.SIGKILL))
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_a_process_that_is_killed_is_one_sentence(tiny: Tiny) -> None:
    with pytest.raises(
        Failed, match="of trainer.workers has ended .*, most likely because memory ran out"
    ):
        loaded(tiny, lambda: os.kill(os.getpid(), signal.SIGKILL))
