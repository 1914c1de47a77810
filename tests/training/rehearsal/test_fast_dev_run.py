"""A run in miniature: what it goes through and tells, and that nothing is left."""

import math
import re
from pathlib import Path

import pytest
from rehearsed import planned, watched
from tiny import Tiny

from plion.errors import Failed, InputError
from plion.training.rehearsal.fast_dev_run import fast_dev_run
from plion.training.rehearsal.overfit import overfit
from plion.training.rehearsal.tune_batch import tune


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
    assert re.search(r"all 0\.\d+ h takes [\d.]+ (s|min) and 0\.\d+ at 2\.00 an hour$", second)
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
