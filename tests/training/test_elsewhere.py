"""Runs killed on one machine go on from their checkpoints on another, which has its own root."""

from pathlib import Path

import pytest
from endings import Killed, dying, outcome
from tiny import Tiny

from plion.errors import InputError
from plion.models import device
from plion.models.qwen3_asr.protocol.loaded import LoadedQwen
from plion.recognition import test_sets
from plion.runs.folder import RunFolder
from plion.runs.reports import Reports
from plion.training.step.module import SpeechRecognizer

MOMENTS = {
    "within a step": (SpeechRecognizer, "training_step", 7),
    "before the weights are exported": (LoadedQwen, "save", 0),
    "before a test set is decoded": (test_sets, "recognize", 0),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_killed_on_one_machine_ends_on_another_as_if_nothing_had_been(
    moment: str, tiny: Tiny, finished: RunFolder, settings: tuple[str, ...], tmp_path: Path
) -> None:
    shared = f"trainer.checkpoint_dir={tmp_path / 'kept'}"
    (tmp_path / "kept").mkdir()
    owner, name, call = MOMENTS[moment]
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr(owner, name, dying(getattr(owner, name), call))
        tiny.train(tmp_path / "one", *settings, shared)
    other = tiny.train(tmp_path / "other", *settings, shared)
    assert outcome(other) == outcome(finished)
    # From the checkpoint, not from the start.
    assert all(report.step > 0 for report in Reports(other).new())


def test_another_machine_does_not_go_on_in_another_precision(
    tiny: Tiny, settings: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = f"trainer.checkpoint_dir={tmp_path / 'kept'}"
    (tmp_path / "kept").mkdir()
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr(LoadedQwen, "save", dying(LoadedQwen.save, 0))
        tiny.train(tmp_path / "one", *settings, shared)
    monkeypatch.setattr(device, "precision", lambda _: "bf16-mixed")  # as on a GPU
    with pytest.raises(InputError, match="was started with precision 32, but .* is bf16-mixed"):
        tiny.train(tmp_path / "other", *settings, shared)
