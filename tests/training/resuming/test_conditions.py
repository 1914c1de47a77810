"""A run goes on in the precision and with the attention that it was begun with, or not at all."""

from pathlib import Path
from typing import Any

import pytest
from tiny import Tiny

from plion.errors import InputError
from plion.models import attention, device
from plion.runs.folder import RunFolder
from plion.training.step.module import SpeechRecognizer

SETTINGS = ("trainer.validations=0", "trainer.checkpoints=4", "evaluate.test=false")


def interrupted(tiny: Tiny, home: Path, *settings: str) -> RunFolder:
    """A run that was interrupted in its third step."""
    step = SpeechRecognizer.training_step

    def stop(self: SpeechRecognizer, batch: Any, number: int) -> Any:
        if number == 2:
            raise KeyboardInterrupt
        return step(self, batch, number)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(SpeechRecognizer, "training_step", stop)
        tiny.train(home, *SETTINGS, *settings)
    (path,) = home.glob("tiny-*")
    return RunFolder(path)


@pytest.fixture
def begun(tiny: Tiny, tmp_path: Path) -> RunFolder:
    return interrupted(tiny, tmp_path)


def elsewhere(patch: pytest.MonkeyPatch, what: str) -> None:
    """A machine on which `auto` is something else."""
    if what == "precision":
        patch.setattr(device, "precision", lambda trainer: "bf16-mixed")
    else:
        patch.setattr(attention, "training_attention", lambda *_: "flash")


def test_a_run_says_from_its_start_what_it_computes_in(begun: RunFolder) -> None:
    record = begun.read()
    assert (record.precision, record.attention) == ("32", "sdpa")


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        (
            "precision",
            "started with precision 32, but trainer.precision=auto is bf16-mixed on this",
        ),
        ("attention", "started with attention sdpa, but model.attention=auto is flash on this dev"),
    ],
)
def test_it_is_not_resumed_in_another_and_nothing_is_lost_by_trying(
    what: str, sentence: str, begun: RunFolder, tiny: Tiny, tmp_path: Path
) -> None:
    before = begun.record.read_text()
    with pytest.MonkeyPatch.context() as patch, pytest.raises(InputError) as refused:
        elsewhere(patch, what)
        tiny.train(tmp_path, *SETTINGS)
    assert sentence in str(refused.value) and "\n" not in str(refused.value)
    assert begun.record.read_text() == before
    assert tiny.train(tmp_path, *SETTINGS).read().steps == 4


def test_advice_is_a_setting_that_there_is_where_the_window_is_full(
    tiny: Tiny, tmp_path: Path
) -> None:
    window = "model.encoder_window=full"
    assert interrupted(tiny, tmp_path, window).read().attention == "sdpa, full window"
    with pytest.MonkeyPatch.context() as patch, pytest.raises(InputError) as refused:
        elsewhere(patch, "attention")
        tiny.train(tmp_path, *SETTINGS, window)
    assert "started with attention sdpa, but" in str(refused.value)
    assert "resume it on a device where it is sdpa, or" in str(refused.value)
    assert "start a new run with model.attention=flash, which" in str(refused.value)
    assert tiny.train(tmp_path, *SETTINGS, window).read().steps == 4


def test_what_has_been_trained_is_tested_on_any_device(tiny: Tiny, tmp_path: Path) -> None:
    tiny.train(tmp_path, *SETTINGS)
    with pytest.MonkeyPatch.context() as patch:
        elsewhere(patch, "precision")
        folder = tiny.train(tmp_path, *SETTINGS[:2], "evaluate.test=true")
    assert folder.done(tested=True) and folder.read().precision == "32"
