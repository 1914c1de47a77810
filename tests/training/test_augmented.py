"""Runs whose audio is changed at random end in the same bits, however they come to their end."""

from pathlib import Path

import pytest
from endings import Killed, dying, outcome
from tiny import Tiny, tone

from plion.planning.planned_run import mixture_plan
from plion.runs.folder import RunFolder
from plion.training.step.module import SpeechRecognizer


@pytest.fixture(scope="module")
def augmented(
    settings: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, ...]:
    """The overrides of a run with every augmentation."""
    noise = tmp_path_factory.mktemp("noise")
    tone(noise / "a.wav", 0.7, 3000.0)
    tone(noise / "b.wav", 5.0, 90.0, rate=8_000)
    return (
        *settings,
        "data.augment.speed=[0.9,1.0,1.1]",
        f"data.augment.noise.folder={noise}",
        "data.augment.masks={time: 2, frequency: 2}",
    )


@pytest.fixture(scope="module")
def uninterrupted(
    tiny: Tiny, augmented: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> RunFolder:
    return tiny.train(tmp_path_factory.mktemp("augmented"), *augmented)


def test_augmentation_changes_weights_and_what_is_consumed_is_the_plan(
    uninterrupted: RunFolder, finished: RunFolder, tiny: Tiny, augmented: tuple[str, ...]
) -> None:
    changed, plain = outcome(uninterrupted), outcome(finished)
    assert changed["weights"] != plain["weights"]
    planned = mixture_plan(tiny.experiment(uninterrupted.path.parent, *augmented)).plan.totals
    for name in ("steps", "utterances", "supervised_tokens"):
        assert changed[name] == getattr(planned, name)


def test_killed_and_called_again_it_hears_the_same(
    uninterrupted: RunFolder, tiny: Tiny, tmp_path: Path, augmented: tuple[str, ...]
) -> None:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr(SpeechRecognizer, "training_step", dying(SpeechRecognizer.training_step, 5))
        tiny.train(tmp_path, *augmented)
    assert outcome(tiny.train(tmp_path, *augmented)) == outcome(uninterrupted)


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_of_the_loader_hear_the_same(
    workers: int,
    uninterrupted: RunFolder,
    tiny: Tiny,
    tmp_path: Path,
    augmented: tuple[str, ...],
) -> None:
    run = tiny.train(tmp_path, *augmented, f"trainer.workers={workers}")
    assert outcome(run) == outcome(uninterrupted)
