"""A run in miniature, and a few utterances learnt by heart: what is told; nothing is left."""

import math
import re
from pathlib import Path
from typing import Any

import pytest
from tiny import Tiny

from plion.cli.main import main
from plion.config.experiment import to_yaml
from plion.data.manifest import read_manifest
from plion.errors import Failed, InputError
from plion.planning.planned_run import PlannedRun, mixture_plan
from plion.recognition import test_sets
from plion.recognition.decode_sets import recognize
from plion.training.rehearsal import rehearsal
from plion.training.rehearsal.rehearsal import fast_dev_run, overfit
from plion.training.rehearsal.tune_batch import tune
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


def test_the_first_steps_and_the_costliest_go_the_whole_way(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = tmp_path / "runs"
    own = planned(tiny, runs, "evaluate.seconds=8", "trainer.price_per_hour=2")
    seen = watched(monkeypatch)
    said = fast_dev_run(own)
    plan, names = own.plan, own.utterances
    batches = [[names[n].id for n in plan.batch(b)[0].tolist()] for b in range(plan.batches)]
    assert seen["train"][:12] == batches[:12] and seen["train"][-2:] == batches[:2]
    worst = [batches[int(one.argmax())] for one in (plan.cost, plan.seconds, plan.padded)]
    assert all(batch in seen["train"][12:-2] for batch in worst)
    # One batch of the longest, and the longest of every benchmark.
    for split in ("valid", "test"):
        decoded = [name for batch in seen[split] for name in batch]
        every = sorted(tiny.utterances(split), key=lambda one: -one.duration)
        expected = {one.id for one in every[: int(8 // math.ceil(every[0].duration))]}
        for key in ("librispeech", "aishell1", "slr65"):
            expected.add(next(one.id for one in every if one.dataset == key))
        assert set(decoded) == expected and len(decoded) == len(expected)
    assert not runs.exists()
    first, second, third, fourth = said.splitlines()
    assert re.match(
        r"6 first steps, \d costliest, and the first again: loss \d+\.\d{4} before", first
    )
    assert re.match(r"peak memory [\d.]+ GB, [\d.,]+ s of audio a second on cpu", second)
    assert re.search(r"all 0\.\d+ h takes [\d.]+ (min|s) and 0\.\d+ at 2\.00 an hour$", second)
    assert third.startswith("validation decoded: ") and fourth.startswith("test sets decoded: ")


def test_what_the_run_does_without_is_left_out(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = watched(monkeypatch)
    said = fast_dev_run(planned(tiny, tmp_path, "trainer.validations=0", "evaluate.test=false"))
    assert len(said.splitlines()) == 2 and not seen["valid"] and not seen["test"]


def test_of_several_devices_one_is_measured_and_no_total_told(tiny: Tiny, tmp_path: Path) -> None:
    own = planned(
        tiny, tmp_path, "trainer.validations=0", "evaluate.test=false", "trainer.devices=2",
        "trainer.price_per_hour=2",
    )  # fmt: skip
    said = fast_dev_run(own).splitlines()[1]
    assert re.search(r"s of audio a second on .*, one of 2: time and money on all", said)
    assert "takes" not in said and "an hour" not in said


@pytest.mark.parametrize("what", ["--fast-dev-run", "--overfit", "tune-batch"])
def test_a_rehearsal_takes_one_process(
    what: str, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = planned(tiny, tmp_path / "runs")
    for name, value in (("RANK", 1), ("WORLD_SIZE", 4), ("LOCAL_WORLD_SIZE", 2)):
        monkeypatch.setenv(name, str(value))
    with pytest.raises(InputError, match=f"^{what} takes one process, but 4 were started"):
        if what == "tune-batch":
            tune(own.exp, None, 0.1)
        else:
            fast_dev_run(own) if what == "--fast-dev-run" else overfit(own, 1)
    assert not (tmp_path / "runs").exists()


def test_audio_that_cannot_be_read_is_not_chosen_where_it_is_skipped(
    tiny: Tiny, tmp_path: Path
) -> None:
    spoilt = tiny.copy(tmp_path)
    rows = read_manifest(spoilt.root / "aishell1" / "train.jsonl")
    for row in rows:
        Path(row.audio).write_text("not audio")
    own = planned(spoilt, tmp_path / "runs", "data.on_bad_audio=skip", "batch.seconds=20")
    chosen = [own.utterances[int(own.plan.numbers[place])] for place in rehearsal._few(own)]
    assert len(chosen) == 4 and {one.dataset for one in chosen} == {"librispeech", "slr65"}
    for key in ("librispeech", "slr65"):
        for row in read_manifest(spoilt.root / key / "train.jsonl"):
            Path(row.audio).write_text("not audio")
    with pytest.raises(InputError, match="no audio that is drawn in training can be read"):
        overfit(own, 1)
    with pytest.raises(InputError, match="no audio of the steps that are rehearsed can be read"):
        fast_dev_run(own)


def test_a_mistake_in_the_data_is_seen_before_the_hours_are_spent(
    tiny: Tiny, tmp_path: Path
) -> None:
    spoilt = tiny.copy(tmp_path)
    (spoilt.root / "slr65" / "valid.jsonl").unlink()
    with pytest.raises(InputError, match="slr65/valid.jsonl"):
        fast_dev_run(planned(spoilt, tmp_path / "runs"))
    assert not (tmp_path / "runs").exists()


def test_a_learning_rate_that_is_far_too_high_is_seen(tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(Failed, match="step 2: the loss is nan"):
        fast_dev_run(planned(tiny, tmp_path / "runs", "optim.lr=1e30"))
    assert not (tmp_path / "runs").exists()


def test_utterances_of_each_language_are_learnt_by_heart(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = watched(monkeypatch)
    said = overfit(planned(tiny, tmp_path / "runs", "optim.lr=3e-3", "batch.seconds=20"), 60)
    assert len(seen["train"]) == 60 and len({tuple(batch) for batch in seen["train"]}) == 1
    (batch,) = {tuple(batch) for batch in seen["train"]}
    assert len(batch) == 4 and {name.split("-")[0] for name in batch} == {
        "librispeech", "aishell1", "slr65",
    }  # fmt: skip
    before, after = seen["test"][:3], seen["test"][3:]
    assert before == after and sorted(name for one in before for name in one) == sorted(batch)
    assert said.startswith("learnt: 4 utterances in 60 steps at learning rate 0.003: loss ")
    assert not (tmp_path / "runs").exists()


def test_a_batch_that_holds_fewer_is_learnt_with_fewer(tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(Failed, match="not learnt: 2 utterances in 1 steps"):
        overfit(planned(tiny, tmp_path / "runs", "batch.utterances=2", "batch.seconds=20"), 1)


def test_what_is_not_learnt_is_status_1(
    tiny: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "tiny.yaml"
    path.write_text(to_yaml(tiny.experiment(tmp_path / "runs", *SETTINGS)))
    assert main(["train", str(path), "--overfit", "3", "optim.lr=1e-9"]) == 1
    printed = capsys.readouterr()
    said = printed.err.splitlines()[-1]
    assert "not learnt: " in said and "at learning rate 1e-09: loss " in said
    assert "fall to a tenth or below 0.1" in said and not printed.out
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--overfit"], "overfit 100 0.5"),
        (["--overfit", "optim.lr=0.25"], "overfit 100 0.25"),
        (["--overfit", "7", "optim.lr=0.25"], "overfit 7 0.25"),
        (["optim.lr=0.25", "--fast-dev-run"], "dev 0.25"),
    ],
)
def test_what_is_asked_for_is_rehearsed_and_told(
    options: list[str],
    told: str,
    tiny: Tiny,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "tiny.yaml"
    path.write_text(to_yaml(tiny.experiment(tmp_path / "runs", "optim.lr=0.5")))
    rehearsal = "plion.training.rehearsal.rehearsal"
    monkeypatch.setattr(f"{rehearsal}.overfit", lambda p, n: f"overfit {n} {p.exp.optim.lr}")
    monkeypatch.setattr(f"{rehearsal}.fast_dev_run", lambda p: f"dev {p.exp.optim.lr}")
    assert main(["train", str(path), *options]) == 0
    assert capsys.readouterr().out == f"{told}\n"


@pytest.mark.parametrize("steps", ["0", "-3", "many"])
def test_steps_that_are_none_are_refused(
    steps: str, tiny: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "tiny.yaml"
    path.write_text(to_yaml(tiny.experiment(tmp_path / "runs")))
    assert main(["train", str(path), f"--overfit={steps}"]) == 2
    assert capsys.readouterr().err.startswith("plion: ")
