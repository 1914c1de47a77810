"""Trials of a budget, for real: on the worst batches, in a process that may die of it."""

import math
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny import Tiny

from plion.cli.main import main
from plion.config.experiment import to_yaml
from plion.errors import InputError
from plion.planning.planned_run import mixture_plan
from plion.training.rehearsal import memory_trial
from plion.training.rehearsal.memory_trial import try_budget

GIB = 2**30


@pytest.mark.parametrize("per_step", [1, 4])
def test_a_trial_trains_on_the_worst_batches_with_the_moments_there(
    per_step: int, tiny: Tiny, tmp_path: Path
) -> None:
    exp = tiny.experiment(tmp_path, f"batch.per_step={per_step}", "trainer.workers=1")
    plan = mixture_plan(tiny.experiment(tmp_path, f"batch.per_step={per_step}", "batch.seconds=9"))
    small = memory_trial._worst(exp, 9)
    each = min(per_step, 2)
    assert small.plan.per_step == each and small.exp.batch.seconds == 9
    assert small.plan.cost[0] == plan.plan.cost.min()  # after it, there are moments
    for measure in ("cost", "seconds", "tokens", "padded"):
        most = getattr(plan.plan, measure).max()
        assert getattr(small.plan, measure)[each:].max() == most
    if each == 2:  # so that the gradients of the one are there for the other
        assert np.array_equal(small.plan.batch(2)[0], small.plan.batch(3)[0])
    assert exp.batch.seconds == 6  # as it was


def test_a_trial_measures_what_training_takes_and_leaves_nothing(
    tiny: Tiny, tmp_path: Path
) -> None:
    runs = tmp_path / "runs"
    exp = tiny.experiment(runs, "batch.utterances=64", "batch.window=100")
    few, many = (try_budget(exp, seconds, None) for seconds in (4, 60))
    assert few.peak and many.peak and few.limit > GIB // 4
    assert few.peak < many.peak < few.limit
    assert (few.seconds, many.seconds) == (4, 60) and few.used <= 4 < many.used <= 60
    assert not runs.exists()


def test_the_memory_of_a_machine_is_shared_by_the_devices_that_are_on_it(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exp = tiny.experiment(tmp_path, "batch.per_step=6", "trainer.devices=6")
    monkeypatch.setattr(memory_trial, "device_memory", lambda device: 600)
    assert memory_trial._limit(exp) == 100
    monkeypatch.setenv("SLURM_NNODES", "3")
    assert memory_trial._limit(exp) == 300


def test_what_does_not_fit_is_no_error(tiny: Tiny, tmp_path: Path) -> None:
    found = try_budget(tiny.experiment(tmp_path), 6, GIB // 64)
    assert found.peak is None and found.limit == GIB // 64


def test_what_cannot_be_planned_is_told_as_it_is(tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no utterance fits into a batch \(batch.seconds is 1,"):
        try_budget(tiny.experiment(tmp_path, "data.max_seconds=30"), 1, None)


def _killed(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _broken(*_: Any) -> None:
    raise ZeroDivisionError("what nobody thought of")


@pytest.fixture
def spoilt(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., Any]], None]:
    """Puts something in the place of the training of a trial."""

    def put(instead: Callable[..., Any]) -> None:
        context = memory_trial.multiprocessing.get_context("fork")  # which has what is patched
        monkeypatch.setattr(memory_trial, "_CONTEXT", context)
        monkeypatch.setattr(context, "set_forkserver_preload", lambda names: None, raising=False)
        monkeypatch.setattr(memory_trial, "_peak", instead)

    return put


def test_a_process_that_the_system_kills_had_too_little(
    spoilt: Callable[[Callable[..., Any]], None], tiny: Tiny, tmp_path: Path
) -> None:
    spoilt(_killed)
    assert try_budget(tiny.experiment(tmp_path), 6, GIB).peak is None


def test_a_fault_of_ours_is_not_taken_for_a_lack_of_memory(
    spoilt: Callable[[Callable[..., Any]], None], tiny: Tiny, tmp_path: Path
) -> None:
    spoilt(_broken)
    with pytest.raises(RuntimeError, match="what nobody thought of"):
        try_budget(tiny.experiment(tmp_path), 6, GIB)


def test_the_command_prints_an_override_and_writes_an_experiment(
    tiny: Tiny, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path, written = tmp_path / "tiny.yaml", tmp_path / "tuned.yaml"
    path.write_text(to_yaml(tiny.experiment(tmp_path / "runs")))
    asked = ["tune-batch", str(path), "batch.utterances=4", "--memory", "64"]
    assert main([*asked, "--write", str(written)]) == 0
    printed = capfd.readouterr()
    any_size = tiny.experiment(tmp_path, "batch.utterances=4", "batch.seconds=1000")
    largest = math.ceil(mixture_plan(any_size).plan.cost.max())  # four utterances are all it holds
    assert printed.out == f"batch.seconds={largest}\n"
    assert printed.err.startswith("batch.seconds=4: ") and " of 57.60 GiB\n" in printed.err
    assert main(["plan", str(written), "--csv"]) == 0
    assert main([*asked, "--write", str(written)]) == 2
    assert "exists already" in capfd.readouterr().err
