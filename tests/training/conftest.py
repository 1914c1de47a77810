"""A finished run to read, and the settings that it has."""

import gc
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tiny import Tiny

from plion.runs.folder import RunFolder
from plion.training.step.module import SpeechRecognizer


@pytest.fixture(scope="session")
def board(finished: RunFolder) -> EventAccumulator:
    """What the finished run has told TensorBoard."""
    events = EventAccumulator(str(finished.path), size_guidance={"scalars": 0, "tensors": 0})
    return events.Reload()


@pytest.fixture
def train_to_third(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Trains in a folder under overrides up to the batch numbered 3, where Ctrl-C is pressed."""
    step = SpeechRecognizer.training_step

    def stop(self: SpeechRecognizer, batch: Any, number: int) -> Any:
        if number == 3:
            raise KeyboardInterrupt
        return step(self, batch, number)

    def train(folder: Path, *settings: str) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(SpeechRecognizer, "training_step", stop)
            with pytest.raises(KeyboardInterrupt):
                tiny.train(folder, *settings)

    return train


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """Lightning ignores Ctrl-C after an interrupt: what a test leaves so is put right."""
    handler = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, handler)


@pytest.fixture(autouse=True)
def closed_bars() -> Iterator[None]:
    """The progress bars of killed runs end with their test, not below pytest's last line."""
    yield
    gc.collect()
