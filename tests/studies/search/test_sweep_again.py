"""A sweep that is called again: finished, killed, failed, refused, and extended."""

import json
from pathlib import Path

import pytest
from swept import Runs, changed, params, states, study

from plion.errors import InputError
from plion.runs.claims import claim
from plion.runs.folder import RunFolder
from plion.studies.engines.engine import Job
from plion.studies.search import proposals
from plion.studies.search.sweep import sweep


def failing(runs: Runs, place: int, status: int = 1, said: str = "out of memory") -> None:
    """Makes the run at a place of the order fail."""
    runs.fails = lambda exp: (status, said) if len(runs.trained) == place else None


def test_a_finished_sweep_runs_nothing_again(search: Path, runs: Runs) -> None:
    sweep(search)
    runs.trained.clear()
    assert sweep(search) == 0
    assert runs.trained == []


@pytest.mark.parametrize(("parallel", "kill_before"), [(1, 2), (2, 1), (2, 2)])
def test_a_killed_sweep_goes_on_with_the_same_proposals(
    search: Path, runs: Runs, guided: None, parallel: int, kill_before: int
) -> None:
    changed(parallel=str(parallel))
    runs.kill_before = kill_before
    with pytest.raises(KeyboardInterrupt):
        sweep(search)
    runs.kill_before = None
    sweep(search)
    sweep(search, ["trainer.runs=elsewhere"])
    assert params() == params("elsewhere")


def test_a_trial_left_running_is_taken_up_with_its_settings(search: Path, runs: Runs) -> None:
    runs.kill_before = 1
    with pytest.raises(KeyboardInterrupt):
        sweep(search)
    assert states() == ["COMPLETE", "RUNNING"]
    left = study().trials[1].params
    runs.kill_before = None
    sweep(search)
    assert runs.trained[1].optim.lr == left["optim.lr"]
    assert len(study().trials) == 3


def test_a_kill_between_proposals_changes_none_of_them(
    search: Path, runs: Runs, guided: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(parallel="2")
    propose = proposals.propose

    def killed(*given: object) -> None:
        raise KeyboardInterrupt

    def one_then_killed(*given: object) -> object:
        monkeypatch.setattr(proposals, "propose", killed)
        return propose(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(proposals, "propose", one_then_killed)
    with pytest.raises(KeyboardInterrupt):
        sweep(search)
    monkeypatch.setattr(proposals, "propose", propose)
    sweep(search)
    sweep(search, ["trainer.runs=elsewhere"])
    assert params() == params("elsewhere")


def test_an_extended_sweep_has_the_proposals_of_a_longer_one(
    search: Path, runs: Runs, guided: None
) -> None:
    changed(parallel="2")
    sweep(search)
    sweep(search, ["sweep.trials=4"])
    assert len(runs.trained) == 4
    sweep(search, ["sweep.trials=4", "trainer.runs=elsewhere"])
    assert params() == params("elsewhere")


@pytest.mark.parametrize("status", [1, 2, -9])
def test_a_trial_that_fails_or_is_refused_is_passed_over(
    search: Path, runs: Runs, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    failing(runs, 2, status)
    assert sweep(search) == 1
    assert states() == ["COMPLETE", "FAIL", "COMPLETE"]
    assert study().trials[1].user_attrs["reason"] == "out of memory"
    assert "trial 1 failed: out of memory" in capsys.readouterr().out
    failed = [
        path for path in Path("runs").glob("search-*/run.json") if "failed" in path.read_text()
    ]
    assert [json.loads(path.read_text())["status"] for path in failed] == ["failed"]
    assert sweep(search) == 1 and len(runs.trained) == 3  # and is not tried again


def test_settings_that_cannot_go_together_are_passed_over(search: Path, runs: Runs) -> None:
    changed(trials="8")
    # Each value is possible, both together are not.
    clash = ["sweep.space.trainer.devices=[1,2]", "sweep.space.batch.per_step=[2,3]"]
    Path("base.yaml").write_text(Path("base.yaml").read_text() + "batch: {per_step: 2}\n")
    assert sweep(search, clash) == 1
    failed = [one for one in study().trials if one.state.name == "FAIL"]
    assert failed and len(failed) < 8
    assert all("2 devices cannot share" in one.user_attrs["reason"] for one in failed)


def test_a_first_round_that_is_refused_stops_the_sweep(search: Path, runs: Runs) -> None:
    changed(parallel="2", trials="6")
    runs.fails = lambda exp: (2, "no GPU")
    with pytest.raises(InputError, match="every trial of the first round is refused: no GPU"):
        sweep(search)
    assert len(runs.trained) == 2 and states() == ["RUNNING"] * 2
    runs.fails = lambda exp: None
    assert sweep(search) == 0 and len(runs.trained) == 8


def test_a_full_disk_stops_the_sweep_and_loses_nothing(search: Path, runs: Runs) -> None:
    changed(parallel="2", trials="4")
    failing(runs, 3, 2, "no space left on the disk while writing a")
    with pytest.raises(InputError, match="no space left.*the same command again"):
        sweep(search)
    assert states() == ["COMPLETE", "COMPLETE", "RUNNING", "COMPLETE"]
    runs.fails = lambda exp: None
    assert sweep(search) == 0
    assert states() == ["COMPLETE"] * 4 and len(runs.trained) == 5


def test_without_a_complete_trial_there_is_no_best(search: Path, runs: Runs) -> None:
    runs.fails = lambda exp: (1, "out of memory")
    assert sweep(search) == 1
    assert not Path("runs/search/best.yaml").exists()


def test_a_run_that_another_sweep_did_meanwhile_is_used(search: Path, runs: Runs) -> None:
    def beside(job: Job) -> None:
        RunFolder(job.folder).record.unlink()
        run = claim("runs", "other", job.hash8)
        run.write(status="done", validation={"macro_error": 7.0})

    runs.finish = beside
    assert sweep(search, ["sweep.trials=1"]) == 0
    assert study().trials[0].value == 7.0
