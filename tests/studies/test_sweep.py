"""The sweep: proposals, resuming, failures, and what is written, without training anything."""

import json
from functools import partial
from pathlib import Path

import optuna
import pytest
from omegaconf import OmegaConf

from plion.config import load
from plion.data.manifest import write_manifest
from plion.errors import InputError
from plion.runs import RunFolder
from plion.studies import sweep as module
from plion.studies.sweep import propose, sweep

SWEEP = """
base: base.yaml
hold: {quantity: steps, amount: 30}
suite: suite.yaml
space:
  optim.lr: {low: 1e-5, high: 1e-3, log: true}
  sampler.temperature.T: [1, 2]
trials: 3
"""


class Runs:
    """Stands in for the processes: the error is a function of the learning rate."""

    def __init__(self):
        self.trained = []
        self.kill_before = None
        self.fails = lambda exp: False

    def __call__(self, jobs, workers, finished):
        failed = []
        for job in jobs:
            if self.kill_before == len(self.trained):
                raise KeyboardInterrupt
            path = Path(job.command[-1])
            exp = OmegaConf.load(path)
            self.trained.append(exp)
            if code := self.fails(exp):
                job.log.write_text("plion: no space left\n")
                finished(job, int(code), 1.0)
                failed.append(job)
                continue
            error = 100 * exp.optim.lr**0.5
            folder = RunFolder(path.parent)
            folder.write(
                name=exp.name,
                hash=folder.path.name.rpartition("-")[2],
                status="done",
                validation={"macro_error": error, "step": 30, "benchmarks": {}},
            )
        return failed


@pytest.fixture
def runs(monkeypatch):
    fake = Runs()
    monkeypatch.setattr(module, "run_all", fake)
    return fake


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A sweep over one small corpus and a model of which only the files are there."""
    monkeypatch.chdir(tmp_path)
    row = {"id": "a", "audio": "a.wav", "text": "words", "language": "en", "dataset": "nsc"}
    write_manifest("data/nsc/train.jsonl", [row | {"duration": 2.0}])
    Path("suite.yaml").write_text(
        "- {key: nsc, language: en, metric: wer, manifest: nsc/test.jsonl}\n"
    )
    Path("model").mkdir()
    Path("model/config.json").write_text("{}")
    Path("model/tokenizer.json").write_text("{}")
    Path("model/model.safetensors").write_bytes(b"weights")
    Path("base.yaml").write_text(
        "model: {name: model}\ndata: {root: data}\nsampler: {name: temperature}\n"
    )
    Path("search.yaml").write_text(SWEEP)
    return Path("search.yaml")


@pytest.fixture
def guided(monkeypatch):
    """Proposals that know of earlier results from the second on, not from the eleventh."""
    sampler = partial(optuna.samplers.TPESampler, n_startup_trials=1)
    monkeypatch.setattr(optuna.samplers, "TPESampler", sampler)


def study(folder="runs"):
    return optuna.load_study(study_name="search", storage=f"sqlite:///{folder}/search/study.db")


def settings(trained):
    return [(exp.optim.lr, exp.sampler.temperature.T) for exp in trained]


def test_every_trial_is_run_and_recorded(file, runs):
    assert sweep(file) == 0
    assert len(runs.trained) == 3
    assert [trial.value for trial in study().trials] == [
        pytest.approx(100 * exp.optim.lr**0.5) for exp in runs.trained
    ]


def test_settings_lie_in_the_space(file, runs):
    sweep(file)
    for rate, temperature in settings(runs.trained):
        assert 1e-5 <= rate <= 1e-3
        assert temperature in (1, 2)


def test_no_trial_decodes_a_test_set(file, runs):
    sweep(file)
    assert not any(exp.evaluate.test for exp in runs.trained)


def test_the_best_trial_is_an_experiment_of_its_own(file, runs):
    sweep(file)
    best = load("runs/search/best.yaml")
    assert best.optim.lr == min(exp.optim.lr for exp in runs.trained)
    assert (best.name, best.evaluate.test, best.hold.amount) == ("search-best", True, 30)


def test_the_best_extends_nothing(file, runs):
    sweep(file)
    Path("base.yaml").unlink()
    assert load("runs/search/best.yaml").sampler.name == "temperature"


def test_a_finished_sweep_runs_nothing_again(file, runs):
    sweep(file)
    runs.trained.clear()
    assert sweep(file) == 0
    assert runs.trained == []


@pytest.mark.parametrize(("workers", "kill_before"), [(1, 2), (2, 1), (2, 2)])
def test_a_killed_sweep_goes_on_with_the_same_proposals(
    file, runs, guided, monkeypatch, workers, kill_before
):
    runs.kill_before = kill_before
    with pytest.raises(KeyboardInterrupt):
        sweep(file, workers=workers)
    runs.kill_before = None
    sweep(file, workers=workers)
    resumed = [trial.params for trial in study().trials]

    monkeypatch.setattr(module, "run_all", Runs())
    sweep(file, ["trainer.runs=elsewhere"], workers)
    assert resumed == [trial.params for trial in study("elsewhere").trials]


def test_a_trial_left_running_is_taken_up_with_its_settings(file, runs):
    runs.kill_before = 1
    with pytest.raises(KeyboardInterrupt):
        sweep(file)
    left = study().trials[1]
    assert left.state.name == "RUNNING"
    runs.kill_before = None
    sweep(file)
    assert settings(runs.trained)[1] == tuple(left.params.values())
    assert len(study().trials) == 3


def test_a_kill_between_proposals_changes_none_of_them(file, runs, guided, monkeypatch):
    def one_then_killed(*given):
        monkeypatch.setattr(module, "propose", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        return propose(*given)

    monkeypatch.setattr(module, "propose", one_then_killed)
    with pytest.raises(KeyboardInterrupt):
        sweep(file, workers=2)
    monkeypatch.setattr(module, "propose", propose)
    sweep(file, workers=2)
    resumed = [trial.params for trial in study().trials]
    sweep(file, ["trainer.runs=elsewhere"], workers=2)
    assert resumed == [trial.params for trial in study("elsewhere").trials]


def test_the_order_in_which_runs_end_changes_nothing(file, runs, guided, monkeypatch):
    sweep(file, workers=2)
    forwards = [trial.params for trial in study().trials]
    monkeypatch.setattr(module, "run_all", lambda jobs, *rest: runs(jobs[::-1], *rest))
    sweep(file, ["trainer.runs=elsewhere"], workers=2)
    assert [trial.params for trial in study("elsewhere").trials] == forwards


def test_a_failed_trial_is_recorded_and_the_others_go_on(file, runs):
    runs.fails = lambda exp: len(runs.trained) == 2
    assert sweep(file) == 1
    states = [trial.state.name for trial in study().trials]
    assert states == ["COMPLETE", "FAIL", "COMPLETE"]


def test_a_failed_run_says_so_itself(file, runs):
    runs.fails = lambda exp: True
    sweep(file, ["sweep.trials=1"])
    (record,) = Path("runs").glob("search-*/run.json")
    assert json.loads(record.read_text())["status"] == "failed"


def test_without_a_complete_trial_there_is_no_best(file, runs):
    runs.fails = lambda exp: True
    assert sweep(file) == 1
    assert not Path("runs/search/best.yaml").exists()


def test_trials_of_equal_settings_are_one_run(file, runs):
    Path("search.yaml").write_text(
        SWEEP.replace("{low: 1e-5, high: 1e-3, log: true}", "[1e-4]").replace("[1, 2]", "[2]")
    )
    assert sweep(file, workers=3) == 0
    assert len(runs.trained) == 1
    assert [trial.state.name for trial in study().trials] == ["COMPLETE"] * 3


def test_more_trials_extend_a_sweep(file, runs):
    sweep(file)
    sweep(file, ["sweep.trials=4"])
    assert len(runs.trained) == 4


def test_a_study_of_another_sweep_is_refused(file, runs):
    sweep(file, ["sweep.trials=1"])
    for change in ("sweep.seed=1", "batch.seconds=30", "sweep.space.sampler.temperature.T=[1]"):
        with pytest.raises(InputError, match="another base, space, seed or data"):
            sweep(file, [change])


def test_status_starts_nothing(file, runs, capsys):
    assert sweep(file, status=True) == 1
    assert runs.trained == [] and not Path("runs").exists()
    assert "no trial yet" in capsys.readouterr().out


def test_status_tells_what_is_done(file, runs, capsys):
    sweep(file)
    capsys.readouterr()
    assert sweep(file, status=True) == 0
    assert "3 of 3 trials complete" in capsys.readouterr().out


def test_no_worker_is_refused(file, runs):
    with pytest.raises(InputError, match="--workers must be 1 or more"):
        sweep(file, workers=0)


def test_a_proposal_depends_on_seed_and_number():
    space = {"optim.lr": optuna.distributions.FloatDistribution(0, 1)}
    first = propose([], space, 0, 0)
    assert first == propose([], space, 0, 0)
    assert first != propose([], space, 1, 0)
    assert first != propose([], space, 0, 1)


def refuse_the_second(runs):
    runs.fails = lambda exp: 2 * (len(runs.trained) == 2)


def test_a_refused_run_stops_the_sweep(file, runs):
    refuse_the_second(runs)
    assert sweep(file) == 1
    assert len(runs.trained) == 2


def test_a_refused_run_is_told_with_its_reason(file, runs, capsys):
    refuse_the_second(runs)
    sweep(file)
    told = capsys.readouterr().err
    assert "stopped: plion: no space left" in told and "give the same command again" in told


def test_a_refused_trial_is_tried_again_and_the_sweep_goes_on(file, runs):
    refuse_the_second(runs)
    sweep(file)
    refused = study().trials[1].params
    runs.fails = lambda exp: 0
    assert sweep(file) == 0
    assert [trial.state.name for trial in study().trials] == ["COMPLETE"] * 3
    assert study().trials[1].params == refused and len(runs.trained) == 4


def test_what_ran_beside_a_refused_run_is_recorded(file, runs):
    runs.fails = lambda exp: 2 * (len(runs.trained) == 1)
    assert sweep(file, workers=2) == 1
    assert [trial.state.name for trial in study().trials] == ["RUNNING", "COMPLETE"]


def test_a_failed_trial_is_tried_again_as_it_is_told(file, runs, capsys):
    runs.fails = lambda exp: len(runs.trained) == 2
    sweep(file)
    told = capsys.readouterr().err
    assert "to try it again remove runs/search/study.db" in told
    Path("runs/search/study.db").unlink()
    runs.trained.clear()
    runs.fails = lambda exp: 0
    assert sweep(file) == 0
    assert len(runs.trained) == 1
