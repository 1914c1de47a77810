"""Runs whose mixture is decided pass by pass: what they decide, stopped, resumed and replayed."""

import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from endings import Killed, dying, failing, outcome
from processes import STATUS, Halt, Start
from tiny import Tiny

from plion.data.manifest import read_manifest, write_manifest
from plion.errors import InputError
from plion.planning.planned_run import mixture_plan
from plion.runs.folder import RunFolder
from plion.training.adapting.losses import LanguageLosses
from plion.training.callbacks.checkpoints import LastCheckpoint
from plion.training.step.module import SpeechRecognizer

ETA, PROPORTIONAL = 20, 0.1
# Passes end within a step, and how many steps the run has depends on what is decided.
SETTINGS = (
    "sampler.name=adaptive",
    f"sampler.adaptive.eta={ETA}",
    "sampler.adaptive.pass_size=0.8",
    "batch.seconds=10",
    "batch.per_step=2",
    "hold.quantity=utterances",
    "hold.amount=55",
    "trainer.validations=2",
    "trainer.checkpoints=3",
    "trainer.select=best",
    "trainer.probe=0",
)


def decided(folder: RunFolder) -> list[dict[str, Any]]:
    """What a run has decided, pass after pass."""
    mixture = folder.read().mixture
    assert mixture is not None
    return list(mixture["passes"])


@pytest.fixture(scope="module")
def whole(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run that was never interrupted, for reading only."""
    return tiny.train(tmp_path_factory.mktemp("adaptive"), *SETTINGS)


def test_each_pass_follows_from_the_losses_before_it(whole: RunFolder) -> None:
    first, *later = decided(whole)
    assert len(later) > 1 and first["step"] == 0
    assert first["shares"] == pytest.approx(dict.fromkeys(("en", "zh", "ta"), 1 / 3))
    weights = first["weights"]
    for row in later:
        excess = {key: loss - first["losses"][key] for key, loss in row["losses"].items()}
        moved = {key: weights[key] * math.exp(ETA * excess[key]) for key in weights}
        weights = {key: one / sum(moved.values()) for key, one in moved.items()}
        assert row["weights"] == pytest.approx(weights)
        mixed = {k: (1 - PROPORTIONAL) * w + PROPORTIONAL / 3 for k, w in weights.items()}
        assert row["shares"] == pytest.approx(mixed)
    assert len({row["step"] for row in later}) == len(later)


def test_the_corpora_are_drawn_as_was_decided(whole: RunFolder, tiny: Tiny) -> None:
    planned = mixture_plan(tiny.experiment(whole.path.parent, *SETTINGS))
    assert planned.plan.open_after is not None
    planned.follow([row["shares"] for row in decided(whole)])
    assert planned.plan.open_after is None
    consumed = whole.read().consumed_by_corpus
    assert consumed is not None
    drawn = {key: round(row["utterances"]) for key, row in consumed.items()}
    repeats = planned.repeats
    assert drawn == {one.key: round(repeats[one.key] * 8) for one in planned.train_sets}
    assert whole.read().steps == planned.plan.steps


def test_a_replay_of_its_record_is_the_same_run_to_the_bit(
    whole: RunFolder, tiny: Tiny, tmp_path: Path
) -> None:
    others = [text for text in SETTINGS if not text.startswith("sampler.")]
    replay = ("sampler.name=replay", f"sampler.replay.shares={whole.record}")
    again = tiny.train(tmp_path, *others, *replay)
    assert outcome(again) == outcome(whole)
    assert [row["shares"] for row in decided(again)] == [row["shares"] for row in decided(whole)]
    assert again.path.name != whole.path.name  # a setting differs


MOMENTS = {
    "as the base model's losses are measured": (LanguageLosses, "measured", 0, dying),
    "before a pass is decided": (LanguageLosses, "measured", 1, dying),
    "before a pass is decided, with an error": (LanguageLosses, "measured", 2, failing),
    "once it is decided": (LastCheckpoint, "on_step_end", 3, dying),
    "in the first step of a pass": (SpeechRecognizer, "training_step", 8, dying),
    "in its last step": (SpeechRecognizer, "training_step", 13, failing),
}
QUICK = ("before a pass is decided, with an error",)


@pytest.mark.parametrize(
    "moment",
    [pytest.param(one, marks=() if one in QUICK else pytest.mark.resume) for one in MOMENTS],
)
def test_stopped_and_called_again_it_ends_as_if_nothing_had_been(
    moment: str, whole: RunFolder, tiny: Tiny, tmp_path: Path
) -> None:
    owner, name, call, stopped = MOMENTS[moment]
    with pytest.MonkeyPatch.context() as patch, pytest.raises((Killed, RuntimeError)):
        patch.setattr(owner, name, stopped(getattr(owner, name), call))
        tiny.train(tmp_path, *SETTINGS)
    again = tiny.train(tmp_path, *SETTINGS)
    assert outcome(again) == outcome(whole)
    assert decided(again) == decided(whole)


@pytest.mark.resume
@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("kind", ["exception", "sigterm", "kill"])
def test_two_processes_decide_alike_and_are_resumed(
    kind: Any, workers: int, tiny: Tiny, tmp_path: Path
) -> None:
    settings = (*SETTINGS, "evaluate.test=false", f"trainer.workers={workers}")
    start = Start.of(tiny, tmp_path / "whole", *settings)
    assert start.train(2) == [0, 0], start.output()
    other = Start.of(tiny, tmp_path / "stopped", *settings)
    halt = Halt(kind, 5, None if kind == "kill" else 1)
    assert other.train(2, halt) == [STATUS[kind]] * 2, other.output()
    assert other.train(2) == [0, 0], other.output()
    assert decided(other.folder) == decided(start.folder)
    found, wanted = other.weights(), start.weights()
    assert found.keys() == wanted.keys()
    assert all(bool((found[name] == weight).all()) for name, weight in wanted.items())


def test_a_language_that_is_hard_gets_a_larger_share(tiny: Tiny, tmp_path: Path) -> None:
    own = tiny.copy(tmp_path)
    path = own.root / "slr65" / "valid.jsonl"
    rows = [asdict(one) for one in read_manifest(path)]
    for number, row in enumerate(rows):
        del row["tag"], row["extra"]
        row["text"] = " ".join(chr(0x0B95 + (7 * number + i) % 16) for i in range(20))
    write_manifest(path, rows)
    short = ("sampler.adaptive.eta=1", "hold.amount=25", "trainer.validations=0")
    first, second = decided(own.train(tmp_path, *SETTINGS, *short, "evaluate.test=false",
                                      "trainer.select=last"))  # fmt: skip
    assert second["shares"]["ta"] > 1.2 * first["shares"]["ta"]
    assert second["shares"]["ta"] == max(second["shares"].values())


def test_a_language_without_validation_set_is_refused_by_name(tiny: Tiny, tmp_path: Path) -> None:
    own = tiny.copy(tmp_path)
    (own.root / "slr65" / "valid.jsonl").unlink()
    with pytest.raises(InputError, match=r"slr65/valid\.jsonl"):
        own.train(tmp_path, *SETTINGS, "trainer.validations=0", "trainer.select=last")
