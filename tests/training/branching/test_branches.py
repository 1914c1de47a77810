"""Branches of a trunk: each ends to the bit as the same run trained alone."""

from pathlib import Path
from typing import Any

import pytest
from endings import Killed, dying, outcome
from tiny import Tiny

from plion.runs.folder import RunFolder
from plion.training.callbacks.checkpoints import WholeCheckpoints
from plion.training.step.module import SpeechRecognizer

SETTINGS = (
    "optim.schedule=wsd",
    "optim.warmup_amount=1",
    "optim.ema=0.5",
    "data.augment.speed=[0.9,1.1]",
    "batch.per_step=2",
    "trainer.validations=2",
    "trainer.checkpoints=2",
    "trainer.price_per_hour=3600",
)
TRUNK = ("hold.amount=6", "trainer.branches=[2,3]", "evaluate.test=false", *SETTINGS)
BRANCH = ("hold.amount=3", "trainer.trunk=6", *SETTINGS)


@pytest.fixture(scope="module")
def trunk(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A trunk that was killed after its first branches and called again, in a root of its own."""
    root = tmp_path_factory.mktemp("trunk")
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        step = dying(SpeechRecognizer.training_step, 9)
        patch.setattr(SpeechRecognizer, "training_step", step)
        tiny.train(root, *TRUNK)
    return tiny.train(root, *TRUNK)


@pytest.fixture(scope="module")
def twin(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """The run of three steps, trained alone."""
    return tiny.train(tmp_path_factory.mktemp("twin"), "hold.amount=3", *SETTINGS)


def test_a_branch_ends_to_the_bit_as_its_twin(
    tiny: Tiny, trunk: RunFolder, twin: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr(SpeechRecognizer, "validation_step", dying(lambda: None, 0))
        tiny.train(trunk.path.parent, *BRANCH)
    assert f"starts at step 2 of {trunk.path.name}" in capsys.readouterr().err
    branch = tiny.train(trunk.path.parent, *BRANCH)
    assert branch.path.name == twin.path.name
    assert outcome(branch) == outcome(twin)
    record, alone = branch.read(), twin.read()
    assert record.consumed == alone.consumed
    assert alone.branched_from is None
    shared = record.branched_from
    assert shared and (shared.run, shared.step) == (trunk.path.name, 2)
    # What the model saw is counted whole; what of it the trunk has paid for is known.
    assert record.trunk_hours and record.audio_hours_trained
    assert 0 < record.trunk_hours < record.audio_hours_trained
    assert record.trunk_seconds and record.train_seconds and record.cost
    assert 0 < record.trunk_seconds < record.train_seconds
    assert record.cost == pytest.approx(record.train_seconds)
    assert record.own_cost == pytest.approx(record.train_seconds - record.trunk_seconds)


def test_killed_as_it_takes_over_a_checkpoint_it_knows_the_source_that_made_it(
    tiny: Tiny, trunk: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = WholeCheckpoints.save_checkpoint

    def saved(*arguments: Any, **options: Any) -> None:
        save(*arguments, **options)
        raise Killed

    monkeypatch.setattr(WholeCheckpoints, "save_checkpoint", saved)
    before = set(trunk.path.parent.iterdir())
    with pytest.raises(Killed):
        tiny.train(trunk.path.parent, *BRANCH, "hold.amount=2")
    [branch] = set(trunk.path.parent.iterdir()) - before
    assert RunFolder(branch).read().source == trunk.read().source is not None


@pytest.mark.parametrize("spoilt", ["missing", "damaged"])
def test_without_its_trunks_checkpoint_it_trains_from_the_beginning(
    spoilt: str, tiny: Tiny, trunk: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if spoilt == "damaged":
        own = RunFolder(tmp_path / trunk.path.name)
        own.checkpoints.mkdir(parents=True)
        own.record.write_bytes(trunk.record.read_bytes())
        content = (trunk.checkpoints / "branch-2.ckpt").read_bytes()
        (own.checkpoints / "branch-2.ckpt").write_bytes(content[: len(content) // 2])
    trained: list[int] = []

    def first(self: SpeechRecognizer, batch: Any, number: int) -> None:
        trained.append(number)
        raise Killed

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr(SpeechRecognizer, "training_step", first)
        tiny.train(tmp_path, *BRANCH)
    told = {"missing": "(there is none)", "damaged": "branch-2.ckpt is damaged"}[spoilt]
    printed = capsys.readouterr().err
    assert told in printed and "it trains from the beginning, to the same result" in printed
    assert trained == [0]
