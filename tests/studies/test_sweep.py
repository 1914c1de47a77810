"""The sweep: its trials and what is written, without training anything."""

from pathlib import Path

import pytest
from fake_engine import engine_of
from swept import SWEEP, settings, study

from plion.config.experiment import load_experiment
from plion.errors import InputError
from plion.studies import sweep as module
from plion.studies.engines.choice import Choice
from plion.studies.sweep import sweep


def test_every_trial_is_run_and_recorded(search, trials):
    assert sweep(search) == 0
    assert len(trials.trained) == 3
    assert [trial.value for trial in study().trials] == [
        pytest.approx(100 * exp.optim.lr**0.5) for exp in trials.trained
    ]


def test_settings_lie_in_the_space(search, trials):
    sweep(search)
    for rate, temperature in settings(trials.trained):
        assert 1e-5 <= rate <= 1e-3
        assert temperature in (1, 2)


def test_no_trial_decodes_a_test_set(search, trials):
    sweep(search)
    assert not any(exp.evaluate.test for exp in trials.trained)


def test_the_best_trial_is_an_experiment_of_its_own(search, trials):
    sweep(search)
    best = load_experiment("runs/search/best.yaml")
    assert best.optim.lr == min(exp.optim.lr for exp in trials.trained)
    assert (best.name, best.evaluate.test, best.hold.amount) == ("search-best", True, 30)


def test_the_best_extends_nothing(search, trials):
    sweep(search)
    Path("base.yaml").unlink()
    assert load_experiment("runs/search/best.yaml").sampler.name == "temperature"


def test_the_order_in_which_runs_end_changes_nothing(search, trials, guided, monkeypatch):
    sweep(search, (), Choice(workers=2))
    forwards = [trial.params for trial in study().trials]
    monkeypatch.setattr(module, "engine_of", engine_of(trials, last_first=True))
    sweep(search, ["trainer.runs=elsewhere"], Choice(workers=2))
    assert [trial.params for trial in study("elsewhere").trials] == forwards


def test_trials_of_equal_settings_are_one_run(search, trials):
    Path("search.yaml").write_text(
        SWEEP.replace("{low: 1e-5, high: 1e-3, log: true}", "[1e-4]").replace("[1, 2]", "[2]")
    )
    assert sweep(search, (), Choice(workers=3)) == 0
    assert len(trials.trained) == 1
    assert [trial.state.name for trial in study().trials] == ["COMPLETE"] * 3


def test_a_study_of_another_sweep_is_refused(search, trials):
    sweep(search, ["sweep.trials=1"])
    for change in ("sweep.seed=1", "batch.seconds=30", "sweep.space.sampler.temperature.T=[1]"):
        with pytest.raises(InputError, match="another base, space, seed or data"):
            sweep(search, [change])


def test_status_starts_nothing(search, trials, capsys):
    assert sweep(search, status=True) == 1
    assert trials.trained == [] and not Path("runs").exists()
    assert "no trial yet" in capsys.readouterr().out


def test_status_tells_what_is_done(search, trials, capsys):
    sweep(search)
    capsys.readouterr()
    assert sweep(search, status=True) == 0
    assert "3 of 3 trials complete" in capsys.readouterr().out


def test_no_worker_is_refused(search, trials):
    with pytest.raises(InputError, match="--workers must be 1 or more"):
        sweep(search, (), Choice(workers=0))
