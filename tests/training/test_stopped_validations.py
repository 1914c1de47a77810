"""Validations that do not come to their end: they are run again, and no training is lost."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from endings import Killed, dying, failing, outcome
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tiny import Tiny

from plion.runs.folder import RunFolder
from plion.training.step.module import SpeechRecognizer

RARELY = "trainer.checkpoints=1"  # of its own accord only at the end
# A validation has two batches, its sets and the probe: these are of the first and of the last.
FIRST, LAST = 1, 2


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the batches that were trained on since."""
    numbers, step = [], SpeechRecognizer.training_step

    def watched(self: SpeechRecognizer, batch: Any, number: int) -> Any:
        numbers.append(number)
        return step(self, batch, number)

    monkeypatch.setattr(SpeechRecognizer, "training_step", watched)
    return numbers


@pytest.mark.parametrize(
    ("stopped", "end", "call", "left"),
    [
        (dying, Killed, FIRST, [4, 5, 6, 7]),
        (failing, RuntimeError, LAST, []),
        pytest.param(dying, Killed, LAST, [], marks=pytest.mark.resume),
        pytest.param(failing, RuntimeError, FIRST, [4, 5, 6, 7], marks=pytest.mark.resume),
    ],
)
def test_all_that_was_trained_before_it_is_kept(
    stopped: Callable[..., Any],
    end: type[BaseException],
    call: int,
    left: list[int],
    finished: RunFolder,
    tiny: Tiny,
    tmp_path: Path,
    settings: tuple[str, ...],
    trained: list[int],
) -> None:
    step = SpeechRecognizer.validation_step
    with pytest.MonkeyPatch.context() as patch, pytest.raises(end):
        patch.setattr(SpeechRecognizer, "validation_step", stopped(step, call))
        tiny.train(tmp_path, *settings, RARELY)
    trained.clear()
    folder = tiny.train(tmp_path, *settings, RARELY)
    assert trained == left
    assert outcome(folder) == outcome(finished)
    assert validated(folder) == validated(finished)


def test_one_that_is_stopped_again_and_again_is_run_in_the_end(
    finished: RunFolder, tiny: Tiny, tmp_path: Path, settings: tuple[str, ...], trained: list[int]
) -> None:
    for _ in range(3):
        with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
            step = SpeechRecognizer.validation_step
            patch.setattr(SpeechRecognizer, "validation_step", dying(step, FIRST))
            tiny.train(tmp_path, *settings, RARELY)
    assert trained == [0, 1, 2, 3]
    assert outcome(tiny.train(tmp_path, *settings, RARELY)) == outcome(finished)


def test_a_later_checkpoint_is_not_taken_for_one_before_a_validation(
    finished: RunFolder, tiny: Tiny, tmp_path: Path, settings: tuple[str, ...]
) -> None:
    for owner, call in (("validation_step", FIRST), ("training_step", 3)):
        with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
            patch.setattr(SpeechRecognizer, owner, dying(getattr(SpeechRecognizer, owner), call))
            tiny.train(tmp_path, *settings)
    folder = tiny.train(tmp_path, *settings)
    assert outcome(folder) == outcome(finished)
    assert validated(folder) == validated(finished)


def test_a_signal_in_the_one_that_follows_the_training_stops_the_run_to_be_resumed(
    finished: RunFolder, tiny: Tiny, tmp_path: Path, settings: tuple[str, ...], trained: list[int]
) -> None:
    step = SpeechRecognizer.validation_step

    def signalled(self: SpeechRecognizer, *batch: Any) -> Any:
        os.kill(os.getpid(), signal.SIGTERM)
        return step(self, *batch)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr(SpeechRecognizer, "validation_step", dying(step, LAST))
        tiny.train(tmp_path, *settings)
    trained.clear()
    # All steps are done, so that what is left is validated after the training.
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as end:
        patch.setattr(SpeechRecognizer, "validation_step", signalled)
        tiny.train(tmp_path, *settings)
    assert end.value.code == 128 + signal.SIGTERM
    assert outcome(tiny.train(tmp_path, *settings)) == outcome(finished)
    assert not trained


UNEVEN = ("hold.amount=5", "trainer.validations=2", "trainer.checkpoints=2")  # every 3 steps


@pytest.fixture(scope="module")
def uneven(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run whose last validation comes after its last step, for reading only."""
    return tiny.train(tmp_path_factory.mktemp("uneven"), *UNEVEN)


@pytest.mark.parametrize("stopped", [dying, failing])
def test_one_after_the_last_step_costs_no_training_either(
    stopped: Callable[..., Any],
    uneven: RunFolder,
    tiny: Tiny,
    tmp_path: Path,
    trained: list[int],
) -> None:
    step = SpeechRecognizer.validation_step
    with pytest.MonkeyPatch.context() as patch, pytest.raises((Killed, RuntimeError)):
        patch.setattr(SpeechRecognizer, "validation_step", stopped(step, LAST))
        tiny.train(tmp_path, *UNEVEN)
    trained.clear()
    assert outcome(tiny.train(tmp_path, *UNEVEN)) == outcome(uneven)
    assert not trained


def validated(folder: RunFolder) -> dict[int, float]:
    """The validation errors that TensorBoard has, by step."""
    board = EventAccumulator(str(folder.path), size_guidance={"scalars": 0}).Reload()
    return {event.step: event.value for event in board.Scalars("valid/macro_error")}
