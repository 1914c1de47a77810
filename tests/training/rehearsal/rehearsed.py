"""A planned run to rehearse, and what a rehearsal trains on and decodes."""

from pathlib import Path
from typing import Any

import pytest
from tiny import Tiny

from plion.planning.planned_run import PlannedRun, mixture_plan
from plion.recognition import test_sets
from plion.recognition.decode_sets import recognize
from plion.training.step.module import SpeechRecognizer

SETTINGS = ("hold.amount=20", "batch.per_step=2", "trainer.validations=3")


def planned(tiny: Tiny, runs: Path, *overrides: str) -> PlannedRun:
    return mixture_plan(tiny.experiment(runs, *SETTINGS, *overrides))


def watched(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """The ids that a run trains on, validates on and tests on, batch by batch."""
    seen: dict[str, list[list[str]]] = {"train": [], "valid": [], "test": []}
    train, validate = SpeechRecognizer.training_step, SpeechRecognizer.validation_step

    def training_step(self: SpeechRecognizer, batch: Any, number: int) -> Any:
        seen["train"].append([one.id for one in batch.seen])
        return train(self, batch, number)

    def validation_step(
        self: SpeechRecognizer, batch: Any, number: int, dataloader_idx: int = 0
    ) -> Any:
        if not dataloader_idx:  # which is the validation sets'
            seen["valid"].append([one.id for one in batch.utterances])
        return validate(self, batch, number, dataloader_idx)

    def tested(checkpoint: Any, utterances: Any, *rest: Any, **named: Any) -> Any:
        seen["test"].append([one.id for one in utterances])
        return recognize(checkpoint, utterances, *rest, **named)

    monkeypatch.setattr(SpeechRecognizer, "training_step", training_step)
    monkeypatch.setattr(SpeechRecognizer, "validation_step", validation_step)
    monkeypatch.setattr(test_sets, "recognize", tested)
    return seen
