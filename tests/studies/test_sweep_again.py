"""A sweep that is called again: finished, killed, failed, refused, and extended."""

import json
from pathlib import Path

import pytest
from fake_engine import engine_of
from swept import Trials, settings, study

from plion.runs.claims import claim
from plion.studies import sweep as module
from plion.studies.engines.choice import Choice
from plion.studies.search import proposals
from plion.studies.search.proposals import propose
from plion.studies.sweep import sweep


def test_a_finished_sweep_runs_nothing_again(search, trials):
    sweep(search)
    trials.trained.clear()
    assert sweep(search) == 0
    assert trials.trained == []


@pytest.mark.parametrize(("workers", "kill_before"), [(1, 2), (2, 1), (2, 2)])
def test_a_killed_sweep_goes_on_with_the_same_proposals(
    search, trials, guided, monkeypatch, workers, kill_before
):
    trials.kill_before = kill_before
    with pytest.raises(KeyboardInterrupt):
        sweep(search, (), Choice(workers=workers))
    trials.kill_before = None
    sweep(search, (), Choice(workers=workers))
    resumed = [trial.params for trial in study().trials]

    monkeypatch.setattr(module, "engine_of", engine_of(Trials()))
    sweep(search, ["trainer.runs=elsewhere"], Choice(workers=workers))
    assert resumed == [trial.params for trial in study("elsewhere").trials]


def test_a_trial_left_running_is_taken_up_with_its_settings(search, trials):
    trials.kill_before = 1
    with pytest.raises(KeyboardInterrupt):
        sweep(search)
    left = study().trials[1]
    assert left.state.name == "RUNNING"
    trials.kill_before = None
    sweep(search)
    assert settings(trials.trained)[1] == tuple(left.params.values())
    assert len(study().trials) == 3


def test_a_kill_between_proposals_changes_none_of_them(search, trials, guided, monkeypatch):
    def one_then_killed(*given):
        monkeypatch.setattr(
            proposals, "propose", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        return propose(*given)

    monkeypatch.setattr(proposals, "propose", one_then_killed)
    with pytest.raises(KeyboardInterrupt):
        sweep(search, (), Choice(workers=2))
    monkeypatch.setattr(proposals, "propose", propose)
    sweep(search, (), Choice(workers=2))
    resumed = [trial.params for trial in study().trials]
    sweep(search, ["trainer.runs=elsewhere"], Choice(workers=2))
    assert resumed == [trial.params for trial in study("elsewhere").trials]


def test_a_failed_trial_is_recorded_and_the_others_go_on(search, trials):
    trials.fails = lambda exp: len(trials.trained) == 2
    assert sweep(search) == 1
    states = [trial.state.name for trial in study().trials]
    assert states == ["COMPLETE", "FAIL", "COMPLETE"]


def test_a_failed_run_says_so_itself(search, trials):
    trials.fails = lambda exp: True
    sweep(search, ["sweep.trials=1"])
    (record,) = Path("runs").glob("search-*/run.json")
    assert json.loads(record.read_text())["status"] == "failed"


def test_without_a_complete_trial_there_is_no_best(search, trials):
    trials.fails = lambda exp: True
    assert sweep(search) == 1
    assert not Path("runs/search/best.yaml").exists()


def test_more_trials_extend_a_sweep(search, trials):
    sweep(search)
    sweep(search, ["sweep.trials=4"])
    assert len(trials.trained) == 4


def refuse_the_second(trials):
    trials.fails = lambda exp: 2 * (len(trials.trained) == 2)


def test_a_refused_run_stops_the_sweep(search, trials):
    refuse_the_second(trials)
    assert sweep(search) == 1
    assert len(trials.trained) == 2


def test_a_refused_run_is_told_with_its_reason(search, trials, capsys):
    refuse_the_second(trials)
    sweep(search)
    told = capsys.readouterr().err
    assert "stopped: plion: no space left" in told and "give the same command again" in told


def test_a_refused_trial_is_tried_again_and_the_sweep_goes_on(search, trials):
    refuse_the_second(trials)
    sweep(search)
    refused = study().trials[1].params
    trials.fails = lambda exp: 0
    assert sweep(search) == 0
    assert [trial.state.name for trial in study().trials] == ["COMPLETE"] * 3
    assert study().trials[1].params == refused and len(trials.trained) == 4


def test_what_ran_beside_a_refused_run_is_recorded(search, trials):
    trials.fails = lambda exp: 2 * (len(trials.trained) == 1)
    assert sweep(search, (), Choice(workers=2)) == 1
    assert [trial.state.name for trial in study().trials] == ["RUNNING", "COMPLETE"]


def test_a_failed_trial_is_tried_again_as_it_is_told(search, trials, capsys):
    trials.fails = lambda exp: len(trials.trained) == 2
    sweep(search)
    told = capsys.readouterr().err
    assert "to try it again remove runs/search/study.db" in told
    Path("runs/search/study.db").unlink()
    trials.trained.clear()
    trials.fails = lambda exp: 0
    assert sweep(search) == 0
    assert len(trials.trained) == 1


def test_a_run_that_another_sweep_did_meanwhile_is_used(search, trials, monkeypatch):
    def beside(job):
        run = claim("runs", "other", job.hash8)
        run.write(status="done", validation={"macro_error": 7.0})
        return 0

    monkeypatch.setattr(module, "engine_of", engine_of(beside))
    assert sweep(search, ["sweep.trials=1"]) == 0
    assert study().trials[0].value == 7.0
