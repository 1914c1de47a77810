"""Steps that are not finite: they stop a run, or are passed over, and change nothing."""

import json
import math
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
import torch
from endings import outcome
from processes import Start
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tiny import Tiny

from plion.errors import Failed
from plion.planning.planned_run import mixture_plan
from plion.runs.folder import RunFolder
from plion.training.callbacks.ema import Averaging
from plion.training.step.module import SpeechRecognizer

# Four steps of two batches.
SETTINGS = ("batch.per_step=2", "trainer.validations=0", "evaluate.test=false")


def spoil(patch: pytest.MonkeyPatch, batches: Collection[int], part: str) -> None:
    """Makes the loss or the gradient of some of a run's batches infinite or not a number."""
    step = SpeechRecognizer.sums
    calls = iter(range(1000))

    def spoilt(self: SpeechRecognizer, batch: Any) -> Any:
        sums = step(self, batch)
        if next(calls) in batches:
            if part == "loss":
                sums.loss = sums.loss * math.nan
            else:
                sums.loss.register_hook(lambda gradient: gradient * math.inf)
        return sums

    patch.setattr(SpeechRecognizer, "sums", spoilt)


def left(root: Path) -> RunFolder:
    (path,) = root.glob("tiny-*")
    return RunFolder(path)


def ids(tiny: Tiny, batch: int) -> list[str]:
    """The utterances of a planned batch."""
    planned = mixture_plan(tiny.experiment(Path("runs"), *SETTINGS))
    return [planned.utterances[int(number)].id for number in planned.plan.batch(batch)[0]]


def weights(folder: RunFolder) -> dict[str, torch.Tensor]:
    return dict(torch.load(folder.checkpoints / "last.ckpt", weights_only=True)["state_dict"])


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("loss", "the loss is nan and the gradient norm nan"),
        ("gradient", "gradient norm (inf|nan)"),
    ],
)
def test_a_step_that_is_not_finite_stops_the_run_and_is_written_down(
    part: str, said: str, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(monkeypatch, [5], part)
    with pytest.raises(Failed, match=rf"step 3: .*{said} at learning rate .*bad_step.json"):
        tiny.train(tmp_path, *SETTINGS)
    folder = left(tmp_path)
    assert folder.read().status == "failed" and "step 3: " in folder.read().error
    (bad,) = json.loads((folder.path / "bad_step.json").read_text())
    assert bad["step"] == 3 and 0 < bad["learning_rate"] <= 1e-3
    assert [one["ids"] for one in bad["batches"]] == [ids(tiny, 4), ids(tiny, 5)]
    assert isinstance(bad["batches"][0]["loss"], float)
    if part == "loss":
        assert (bad["loss"], bad["batches"][1]["loss"]) == ("nan", "nan")
        assert ids(tiny, 5)[0] in folder.read().error  # and not those of the good batch
        assert ids(tiny, 4)[0] not in folder.read().error


def test_the_run_is_left_at_its_last_good_step_and_goes_on_from_there(
    tiny: Tiny, tmp_path: Path
) -> None:
    whole = tiny.train(tmp_path / "whole", *SETTINGS, "evaluate.test=true")
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Failed):
        spoil(patch, [5], "loss")
        tiny.train(tmp_path / "runs", *SETTINGS, "trainer.checkpoints=1", "evaluate.test=true")
    last = left(tmp_path / "runs").checkpoints / "last.ckpt"
    assert torch.load(last, weights_only=True)["global_step"] == 2
    again = tiny.train(tmp_path / "runs", *SETTINGS, "evaluate.test=true")
    assert outcome(again) == outcome(whole)


def test_as_many_steps_as_allowed_are_skipped_and_counted(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(monkeypatch, [0, 5], "loss")
    folder = tiny.train(tmp_path, *SETTINGS, "trainer.skip_bad_steps=2")
    assert folder.read().skipped_steps == 2
    steps = [one["step"] for one in json.loads((folder.path / "bad_step.json").read_text())]
    assert steps == [1, 3]
    assert all(weight.isfinite().all() for weight in weights(folder).values())
    board = EventAccumulator(str(folder.path)).Reload()
    assert [one.value for one in board.Scalars("train/skipped_steps")] == [1, 2]
    losses = [one.value for one in board.Scalars("train/loss")]
    assert [math.isfinite(loss) for loss in losses] == [False, True, False, True]


def test_one_more_than_allowed_stops_the_run(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(monkeypatch, [0, 5], "loss")
    with pytest.raises(Failed, match=r"step 3: .*\(1 skipped before; lower optim.lr"):
        tiny.train(tmp_path, *SETTINGS, "trainer.skip_bad_steps=1")
    written = json.loads((left(tmp_path).path / "bad_step.json").read_text())
    assert [one["step"] for one in written] == [1, 3]


def test_more_may_be_allowed_to_a_run_that_was_stopped(tiny: Tiny, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        spoil(patch, [1, 3], "loss")
        whole = tiny.train(tmp_path / "whole", *SETTINGS, "trainer.skip_bad_steps=2")
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Failed):
        spoil(patch, [1, 3], "loss")
        tiny.train(tmp_path / "runs", *SETTINGS, "trainer.skip_bad_steps=1")
    with pytest.MonkeyPatch.context() as patch:
        spoil(patch, [1], "loss")  # the second step's second batch, where it goes on
        again = tiny.train(tmp_path / "runs", *SETTINGS, "trainer.skip_bad_steps=2")
    assert again.path.name == whole.path.name and again.read().skipped_steps == 2
    torch.testing.assert_close(weights(again), weights(whole), atol=0, rtol=0)


def test_fewer_may_be_allowed_to_a_run_that_was_stopped(tiny: Tiny, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Failed):
        spoil(patch, [1, 3, 5], "loss")
        tiny.train(tmp_path, *SETTINGS, "trainer.skip_bad_steps=2")
    with pytest.MonkeyPatch.context() as patch:
        spoil(patch, [1], "loss")  # of the third step, where it goes on
        with pytest.raises(Failed, match=r"step 3: .*\(2 skipped before; lower optim.lr"):
            tiny.train(tmp_path, *SETTINGS, "trainer.skip_bad_steps=1")


def test_a_skipped_step_does_not_move_the_average_of_the_weights(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = []

    def watched(self: SpeechRecognizer, *_: Any) -> None:
        self.updating = False
        (own,) = (one for one in self.trainer.callbacks if isinstance(one, Averaging))
        assert own._average_model is not None
        states.append([tensor.clone() for tensor in own._average_model.module.parameters()])

    monkeypatch.setattr(SpeechRecognizer, "on_train_batch_end", watched)
    spoil(monkeypatch, [5], "loss")  # the second batch of the third step
    tiny.train(tmp_path, *SETTINGS, "trainer.skip_bad_steps=1", "optim.ema=0.5")
    same = [all(map(torch.equal, *pair)) for pair in zip(states[:-1], states[1:], strict=True)]
    assert same == [False, True, False, True, True, True, False]


def test_a_skipped_step_changes_neither_weights_nor_moments(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = []

    def watched(self: SpeechRecognizer, *_: Any) -> None:
        self.updating = False
        (optimizer,) = self.trainer.optimizers
        moments = [one[key] for one in optimizer.state.values() for key in ("exp_avg", "step")]
        states.append([tensor.clone() for tensor in (*self.parameters(), *moments)])

    monkeypatch.setattr(SpeechRecognizer, "on_train_batch_end", watched)
    spoil(monkeypatch, [1], "loss")
    tiny.train(tmp_path, "evaluate.test=false", "trainer.skip_bad_steps=1")
    same = [all(map(torch.equal, *pair)) for pair in zip(states[:-1], states[1:], strict=True)]
    assert same == [True, False, False]


def test_two_processes_come_to_the_same_end(tiny: Tiny, tmp_path: Path) -> None:
    """The gradients of one step overflow on both: the learning rate is far too high."""
    start = Start.of(tiny, tmp_path, *SETTINGS, "optim.lr=1e30", "optim.warmup=0")
    assert start.train(2) == [1, 1], start.output()
    assert start.output().count("plion: step ") == 1 and not start.output(1)
    (bad,) = json.loads((start.folder.path / "bad_step.json").read_text())
    number = bad["step"] - 1
    planned = mixture_plan(tiny.experiment(Path("runs"), *SETTINGS))
    assert [len(one["ids"]) for one in bad["batches"]] == [
        len(planned.plan.batch(2 * number + rank)[0]) for rank in (0, 1)
    ]


def test_the_norm_of_the_gradient_is_logged_before_it_is_clipped(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def watched(self: SpeechRecognizer, *_: Any, **__: Any) -> None:
        gradients = [p.grad for p in self.parameters() if p.grad is not None]
        seen.append(float(torch.nn.utils.get_total_norm(gradients)))

    monkeypatch.setattr(SpeechRecognizer, "configure_gradient_clipping", watched)
    free = tiny.train(tmp_path / "free", *SETTINGS, "optim.clip=0")
    board = EventAccumulator(str(free.path)).Reload()
    assert [one.value for one in board.Scalars("train/grad_norm")] == pytest.approx(seen, rel=1e-5)
    limit = min(seen) / 2
    seen.clear()
    clipped = tiny.train(tmp_path / "clipped", *SETTINGS, f"optim.clip={limit}")
    assert seen == pytest.approx([limit] * 4, rel=1e-4)
    board = EventAccumulator(str(clipped.path)).Reload()
    assert board.Scalars("train/grad_norm")[0].value > limit
