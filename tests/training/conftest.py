"""A finished run to read, and the settings that it has."""

import gc
import signal
from collections.abc import Iterator

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tiny import Tiny

from plion.runs import RunFolder

# Four steps of two batches, validated and saved on the way.
SETTINGS = (
    "batch.per_step=2",
    "trainer.validations=2",
    "trainer.checkpoints=4",
    "trainer.price_per_hour=3600",
)


@pytest.fixture(scope="session")
def settings() -> tuple[str, ...]:
    """The overrides of the finished run."""
    return SETTINGS


@pytest.fixture(scope="session")
def finished(
    tiny: Tiny, settings: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> RunFolder:
    """A run that was never interrupted, for reading only."""
    return tiny.train(tmp_path_factory.mktemp("finished"), *settings)


@pytest.fixture(scope="session")
def board(finished: RunFolder) -> EventAccumulator:
    """What the finished run has told TensorBoard."""
    events = EventAccumulator(str(finished.path), size_guidance={"scalars": 0, "tensors": 0})
    return events.Reload()


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
