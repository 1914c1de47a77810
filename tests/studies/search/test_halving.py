"""Successive halving: which trials are ended where, whatever the machines do."""

from pathlib import Path

import pytest
from swept import SWEEP, WORKERS_2, Runs, changed, outcome, states, study

from plion.runs.reports import Report
from plion.studies.search.halving import Halving, Pruning, curve_of, read_halving
from plion.studies.search.sweep import Asked, sweep
from plion.studies.search.sweep_file import read_sweep

EIGHT = Halving((1, 3), 3, last=8)


def test_rungs_are_validations_at_powers_of_the_factor_past_the_warmup() -> None:
    def rungs(least: float, validations: int, warmup: float = 0.05) -> tuple[int, ...]:
        found = read_halving(
            "x", Pruning(least, 3), amount=0.3, validations=validations, warmup=warmup
        )
        assert found
        return found.rungs

    assert rungs(0.05, 6) == (1, 3)  # at 0.05 and 0.15 hours
    assert rungs(0.05, 12) == (2, 6)
    assert rungs(0.05, 6, warmup=0.4) == (3,)
    assert rungs(0.01, 6) == (1, 2)  # 0.01 and 0.03 have one validation
    assert read_halving("x", Pruning(), amount=1, validations=2, warmup=0) is None


def test_a_validation_has_the_number_it_is_nearest_to() -> None:
    reports = [
        Report(step=n, steps=9, held=held, hours=0, seconds=0, error=held and 1 / held)
        for n, held in enumerate((0.049, 0.0995, 0.16, 0.3), 1)
    ]
    assert list(curve_of(reports, amount=0.3, validations=6)) == [1, 2, 3, 6]


def test_of_two_validations_with_one_number_the_earlier_counts() -> None:
    early, late = (
        Report(step=n, steps=9, held=held, hours=0, seconds=0, error=error)
        for n, held, error in ((1, 0.9, 50.0), (2, 1.3, 40.0))
    )
    for reports in ([early], [early, late], [late, early]):
        assert curve_of(reports, amount=6, validations=6) == {1: 50.0}


@pytest.mark.parametrize(
    ("errors", "earlier", "at"),
    [
        ({1: 50.0}, [], None),  # the first has nothing to be compared with
        ({1: 50.0}, [{1: 40.0}], 1),
        ({1: 40.0}, [{1: 40.0}], None),  # an equal one stays
        ({1: 50.0}, [{1: 40.0}, {1: 60.0}], 1),  # the best of three
        ({1: 50.0}, [{1: value} for value in (40.0, 60, 70, 80, 90)], None),  # the best two of six
        ({1: 50.0, 2: 1.0}, [{1: 40.0}], 1),  # what comes later is too late
        ({2: 50.0}, [{1: 60.0, 2: 20.0}], None),  # each by its first validation at the rung
        ({1: 30.0, 3: 30.0}, [{1: 40.0, 3: 20.0}], 3),
        ({1: 30.0, 3: 30.0}, [{1: 40.0}], None),  # the other never came that far
        ({8: 90.0}, [{1: 1.0, 8: 1.0}], None),  # at the end nothing is left to save
    ],
)
def test_a_trial_stays_among_the_best_of_those_before(
    errors: dict[int, float], earlier: list[dict[int, float]], at: int | None
) -> None:
    assert EIGHT.ended_at(errors, earlier) == at


def test_no_rung_is_in_the_warmup_of_a_trial_that_has_the_base_s(search: Path) -> None:
    base = Path("base.yaml")
    base.write_text(base.read_text() + "trainer: {validations: 6}\noptim: {warmup: 0.5}\n")
    some = "{choices: [0.1], when: {sampler.name: temperature}}"
    search.write_text(
        SWEEP.partition("space:")[0]
        + f"space: {{sampler.name: [temperature, uniform], optim.warmup: {some}}}\n"
        + "pruning: {min_resource: 5, factor: 3}\n"
    )
    halving = read_sweep(search).halving
    assert halving and halving.rungs == (4,)


@pytest.fixture
def halved(search: Path, runs: Runs) -> Path:
    """Eight trials of six validations, in rounds of two."""
    changed(trials="8", parallel="2", pruning="{min_resource: 5, factor: 2}")
    Path("base.yaml").write_text(Path("base.yaml").read_text() + "trainer: {validations: 6}\n")
    return search


def test_halving_ends_runs_and_only_those_it_should(
    halved: Path, runs: Runs, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sweep(halved) == 0
    first = [outcome(trial) for trial in study().trials]
    assert states()[:2] == ["COMPLETE"] * 2 and "PRUNED" in states()
    assert runs.validated < 8 * 6
    for state, _, curve in first:
        assert max(curve) == 6 if state == "COMPLETE" else max(curve) < 6
    best = min(runs.error(exp) for exp in runs.trained)
    assert study().best_value == pytest.approx(best)
    assert "pruned at validation" in capsys.readouterr().err
    assert sweep(halved, asked=Asked(status=True)) == 0
    assert "at 1/6" in capsys.readouterr().out


def test_neither_order_nor_speed_nor_a_late_cancel_changes_what_is_recorded(
    halved: Path, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep(halved)
    wanted = [outcome(trial) for trial in study().trials]
    runs.backwards = True
    monkeypatch.setattr(runs, "cancel", lambda job: None)  # the run ends before it is heard
    sweep(halved, ["trainer.runs=elsewhere"], WORKERS_2)
    assert [outcome(trial) for trial in study("elsewhere").trials] == wanted
    # Without the database, runs that are done are judged by what they reported.
    (Path("elsewhere/search/study.db")).unlink()
    runs.trained.clear()
    sweep(halved, ["trainer.runs=elsewhere"])
    assert [outcome(trial) for trial in study("elsewhere").trials] == wanted
    assert runs.trained == []


def test_a_killed_sweep_keeps_what_it_pruned(halved: Path, runs: Runs) -> None:
    sweep(halved)
    wanted = [outcome(trial) for trial in study().trials]
    for kill_before in (3, 6):
        place = [f"trainer.runs=killed{kill_before}"]
        runs.trained.clear()
        runs.kill_before = kill_before
        with pytest.raises(KeyboardInterrupt):
            sweep(halved, place)
        runs.kill_before = None
        sweep(halved, place)
        assert len(runs.trained) == 8  # nothing that was done or pruned began again
        assert [outcome(trial) for trial in study(f"killed{kill_before}").trials] == wanted


def test_a_pruned_run_can_be_gone_on_with(halved: Path, runs: Runs) -> None:
    sweep(halved)
    pruned = [trial for trial in study().trials if trial.state.name == "PRUNED"]
    record = Path("runs") / pruned[0].user_attrs["run"] / "run.json"
    assert '"running"' in record.read_text()
