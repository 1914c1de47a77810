"""Which weights a run exports: those of its last step, or of its best validation."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from endings import Killed, dying
from safetensors.torch import load_file
from tiny import Tiny

from plion.errors import InputError
from plion.runs.values import Selected
from plion.training.callbacks.validation import ValidationScores
from plion.training.step.module import SpeechRecognizer

BEST = ("trainer.select=best", "trainer.checkpoints=100", "evaluate.test=false")


def scripted(patch: pytest.MonkeyPatch, errors: Mapping[int, float]) -> None:
    """Lets the validation after each of these steps find this macro error."""
    ended = ValidationScores.on_validation_epoch_end

    def on_validation_epoch_end(self: ValidationScores, trainer: Any, module: Any) -> None:
        error = errors[trainer.global_step]
        patch.setattr("plion.training.callbacks.validation.macro_average", lambda rates: error)
        ended(self, trainer, module)

    patch.setattr(ValidationScores, "on_validation_epoch_end", on_validation_epoch_end)


@pytest.mark.parametrize(
    ("steps", "validations", "errors", "best"),
    [
        (4, 4, {1: 50, 2: 10, 3: 30, 4: 40}, 2),
        (4, 4, {1: 50, 2: 40, 3: 30, 4: 10}, 4),
        (4, 4, {1: 50, 2: 10, 3: 10, 4: 10}, 2),
        (5, 2, {3: 50, 5: 10}, 5),
        (5, 2, {3: 50, 5: 60}, 3),
    ],
)
def test_best_is_the_step_of_the_lowest_validation_error(
    steps: int,
    validations: int,
    errors: Mapping[int, float],
    best: int,
    tiny: Tiny,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scripted(monkeypatch, errors)
    settings = (*BEST, f"hold.amount={steps}", f"trainer.validations={validations}")
    folder = tiny.train(tmp_path, *settings)
    record = folder.read()
    assert record.selected == Selected("best", best)
    assert (record.validation["step"], record.validation["macro_error"]) == (
        best, errors[best]
    )  # fmt: skip
    kept = torch.load(
        folder.checkpoints / ("last.ckpt" if best == steps else "best.ckpt"), weights_only=True
    )
    assert kept["global_step"] == best
    exported = load_file(folder.export / "model.safetensors")
    assert all(
        torch.equal(kept["state_dict"][f"model.{name}"].bfloat16(), weight)
        for name, weight in exported.items()
    )


def test_best_survives_a_death_in_the_only_validation(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(monkeypatch, {4: 10})
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr(SpeechRecognizer, "validation_step", dying(lambda: None, 0))
        tiny.train(tmp_path, *BEST)
    assert tiny.train(tmp_path, *BEST).read().selected == Selected("best", 4)


@pytest.mark.parametrize(
    ("method", "call"), [("validation_step", 0), ("training_step", 2), ("training_step", 3)]
)
def test_best_survives_a_death_in_its_validation_and_after(
    method: str, call: int, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(monkeypatch, {2: 10, 4: 50})
    settings = (*BEST, "trainer.validations=2", "trainer.checkpoints=2")
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr(SpeechRecognizer, method, dying(getattr(SpeechRecognizer, method), call))
        tiny.train(tmp_path, *settings)
    assert tiny.train(tmp_path, *settings).read().selected.step == 2


def test_best_without_validation_is_refused_before_anything_is_spent(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SpeechRecognizer, "training_step", dying(lambda: None, 0))
    with pytest.raises(InputError, match="trainer.select=best needs trainer.validations"):
        tiny.train(tmp_path, *BEST, "trainer.validations=0")
