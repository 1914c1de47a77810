"""The sweep: its trials and what is written, without training anything."""

from pathlib import Path

import pytest
from swept import SWEEP, WORKERS_2, Runs, changed, params, states, study

from plion.config.experiment import load_experiment
from plion.errors import InputError
from plion.studies.engines.choice import Choice
from plion.studies.search.sweep import Asked, sweep


def test_every_trial_is_run_and_recorded(search: Path, runs: Runs) -> None:
    assert sweep(search) == 0
    assert len(runs.trained) == 3
    assert [trial.value for trial in study().trials] == [
        pytest.approx(100 * exp.optim.lr**0.5) for exp in runs.trained
    ]
    for settings in params():
        assert 1e-5 <= settings["optim.lr"] <= 1e-3
        assert settings["sampler.temperature.T"] in (1, 2)


def test_no_trial_decodes_a_test_set(search: Path, runs: Runs) -> None:
    sweep(search)
    assert not any(exp.evaluate.test for exp in runs.trained)


def test_the_best_trial_is_an_experiment_that_stands_alone(search: Path, runs: Runs) -> None:
    sweep(search)
    Path("base.yaml").unlink()
    best = load_experiment("runs/search/best.yaml")
    assert best.optim.lr == min(exp.optim.lr for exp in runs.trained)
    assert (best.name, best.evaluate.test, best.hold.amount) == ("search-best", True, 30)


def test_neither_the_order_of_ends_nor_the_workers_change_a_proposal(
    search: Path, runs: Runs, guided: None
) -> None:
    changed(parallel="2", trials="5")
    sweep(search)
    runs.backwards = True
    sweep(search, ["trainer.runs=elsewhere"], WORKERS_2)
    assert params("elsewhere") == params()
    sweep(search, ["trainer.runs=others", "sweep.parallel=1"])
    assert params("others")[:2] != params()[:2]


def test_trials_of_equal_settings_are_one_run(search: Path, runs: Runs) -> None:
    search.write_text(
        SWEEP.replace("{low: 1e-5, high: 1e-3, log: true}", "[1e-4]").replace("[1, 2]", "[2]")
    )
    changed(parallel="2")
    assert sweep(search) == 0
    assert len(runs.trained) == 1
    assert states() == ["COMPLETE"] * 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("sweep.seed=1", "seed"),
        ("batch.seconds=30", "base and data"),
        ("sweep.space.sampler.temperature.T=[1]", "space"),
        ("sweep.parallel=2", "parallel"),
    ],
)
def test_what_differs_from_the_recorded_sweep_is_said(
    search: Path, runs: Runs, change: str, said: str
) -> None:
    sweep(search, ["sweep.trials=1"])
    with pytest.raises(InputError, match=f"a sweep 'search' that differs in {said};"):
        sweep(search, [change])


def test_status_starts_nothing(
    search: Path, runs: Runs, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sweep(search, asked=Asked(status=True)) == 1
    assert runs.trained == [] and not Path("runs").exists()
    assert "no trial yet" in capsys.readouterr().out
    sweep(search)
    capsys.readouterr()
    assert sweep(search, asked=Asked(status=True)) == 0
    assert "3 of 3 trials complete" in capsys.readouterr().out


def test_idle_workers_are_told(
    search: Path, runs: Runs, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep(search, ["sweep.trials=1"], WORKERS_2)
    assert "proposes 1 at a time" in capsys.readouterr().err


def test_slurm_is_refused_with_the_way_by_ray(search: Path) -> None:
    with pytest.raises(InputError, match="give --engine ray"):
        sweep(search, engine=Choice("slurm"))


def test_a_setting_of_a_policy_is_tried_where_the_policy_is(search: Path, runs: Runs) -> None:
    changed(trials="12")
    sweep(search, ["sweep.space.sampler.name=[proportional,temperature]"])
    names = {one["sampler.name"] for one in params()}
    assert names == {"proportional", "temperature"}
    for one in params():
        assert ("sampler.temperature.T" in one) == (one["sampler.name"] == "temperature")


def test_of_several_objectives_the_front_is_written(search: Path, runs: Runs) -> None:
    changed(metric="[valid/macro_error, valid/en]", trials="4")
    sweep(search)
    front = {trial.number for trial in study().best_trials}
    assert {path.name for path in Path("runs/search").glob("best*")} == {
        f"best-{number}.yaml" for number in front
    }


def test_the_best_violates_no_constraint(
    search: Path, runs: Runs, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(constraints="{valid/nsc: 1.2}", trials="6")
    assert sweep(search) == 0
    best = load_experiment("runs/search/best.yaml")
    assert 100 * best.optim.lr**0.5 <= 1.2 < max(trial.value for trial in study().trials)
    sweep(search, ["trainer.runs=elsewhere", "sweep.constraints={valid/en: 0}"])
    assert not Path("elsewhere/search/best.yaml").exists()
    assert "every complete trial violates a constraint" in capsys.readouterr().out


def test_a_finished_run_is_a_bound(search: Path, runs: Runs) -> None:
    sweep(search, ["sweep.trials=1"])
    run = next(Path("runs").glob("search-*"))
    changed(constraints=f"{{valid/en: {run}}}")
    sweep(search, ["trainer.runs=elsewhere"])
    assert study("elsewhere").trials[0].constraints == {"valid/en": 0.0}
