"""Small runs made of a large one: their batches, and where they take place."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from tiny import LANGUAGES, Tiny

from plion.data.manifest import read_manifest
from plion.planning.inputs import manifest_path
from plion.planning.learning_rate.schedule import step_factors
from plion.planning.planned_run import mixture_plan
from plion.scoring.benchmarks import suite
from plion.system.drafts import machine
from plion.training.rehearsal.shortened import costliest, excerpt, relocated, temporary_home


def test_an_excerpt_has_the_batches_that_were_asked_for_as_the_run_has_them(
    tiny: Tiny, tmp_path: Path
) -> None:
    planned = mixture_plan(tiny.experiment(tmp_path, "hold.amount=9", "batch.per_step=2"))
    chosen = [3, 0, 3, 1]
    small = excerpt(planned, chosen, planned.exp)
    assert (small.plan.batches, small.plan.steps) == (4, 2)
    for place, number in enumerate(chosen):
        for found, expected in zip(
            small.plan.batch(place), planned.plan.batch(number), strict=True
        ):
            assert np.array_equal(found, expected)  # utterances, and the draws they are
    for measure in ("seconds", "padded", "cost", "tokens"):
        own, whole = getattr(small.plan, measure), getattr(planned.plan, measure)
        assert own.tolist() == [whole[number] for number in chosen]
    assert small.plan.fractions.tolist() == [0, 0.5, 1]  # the whole schedule
    assert (small.exp.hold.quantity, small.exp.hold.amount) == ("steps", 2)
    assert planned.exp.hold.amount == 9


def test_an_excerpt_of_a_branch_warms_up_as_it_does_and_looks_for_no_trunk(
    tiny: Tiny, tmp_path: Path
) -> None:
    settings = ("hold.amount=8", "optim.schedule=wsd", "optim.warmup_amount=4", "trainer.trunk=16")
    planned = mixture_plan(tiny.experiment(tmp_path, *settings))
    small = excerpt(planned, [0, 1, 2, 3], planned.exp)
    assert step_factors(small.exp.optim, small.plan) == [0.25, 0.75, 1.0, 0.375]
    assert small.exp.trainer.trunk is None and planned.exp.trainer.trunk == 16


def test_the_costliest_batches_are_those_of_most_audio_and_of_most_text(
    tiny: Tiny, tmp_path: Path
) -> None:
    plan = mixture_plan(tiny.experiment(tmp_path, "hold.amount=9")).plan
    found = costliest(plan)
    assert plan.tokens is not None
    for measure in (plan.seconds, plan.padded, plan.tokens, plan.cost):
        assert max(measure[number] for number in found) == measure.max()


@pytest.mark.parametrize("there", [True, False])
def test_it_takes_place_where_the_runs_are_and_is_gone_after_it(
    there: bool, tiny: Tiny, tmp_path: Path
) -> None:
    root = tmp_path / "a" / "runs"
    if there:
        root.mkdir(parents=True)
    with pytest.raises(KeyboardInterrupt), temporary_home(tiny.experiment(root)) as home:
        assert home.parent == root
        (home / "file").write_text("left")
        raise KeyboardInterrupt
    assert root.exists() is there and not (there and list(root.iterdir()))


def test_what_a_killed_rehearsal_left_is_cleared(tiny: Tiny, tmp_path: Path) -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    left = tmp_path / "runs" / f".rehearsal.{process.pid}-{machine()}.part"
    (left / "runs").mkdir(parents=True)
    with temporary_home(tiny.experiment(tmp_path / "runs")) as home:
        assert list((tmp_path / "runs").iterdir()) == [home]


def test_a_run_that_has_begun_meanwhile_is_left_alone(tiny: Tiny, tmp_path: Path) -> None:
    with temporary_home(tiny.experiment(tmp_path / "runs")):
        (tmp_path / "runs" / "other").mkdir()
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["other"]


def test_what_is_validated_and_tested_is_moved_and_the_data_left_as_it_was(
    tiny: Tiny, tmp_path: Path
) -> None:
    """A suite may name test sets that lie elsewhere."""
    rows = [row.as_row() for row in suite(str(tiny.suite))]
    away = tmp_path / "away.jsonl"
    away.write_bytes((tiny.root / "slr65" / "test.jsonl").read_bytes())
    rows[2]["manifest"] = str(away)
    (tmp_path / "suite.yaml").write_text(json.dumps(rows))
    exp = tiny.experiment(tmp_path / "runs", f"data.suite={tmp_path / 'suite.yaml'}")
    chosen = {key: tiny.utterances("test", [key])[:2] for key in LANGUAGES}
    before = away.read_bytes()
    (tmp_path / "home").mkdir()
    benchmarks = suite(exp.data.suite)
    found = relocated(exp, tmp_path / "home", benchmarks, {"slr65": chosen["slr65"]}, test=chosen)
    for row in suite(found.data.suite):
        path = manifest_path(found, row, "test")
        assert (
            path.is_relative_to(tmp_path / "home") and list(read_manifest(path)) == chosen[row.key]
        )
        assert manifest_path(found, row, "valid").exists() is (row.key == "slr65")
    assert away.read_bytes() == before and found.trainer.runs == str(tmp_path / "home" / "runs")
