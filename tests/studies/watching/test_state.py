"""The state of a study, from its folders alone."""

import io
import json
import os
from pathlib import Path

import pytest
from rich.console import Console
from watched import DONE, Write, digits, report, state

from plion.runs.claims import alone
from plion.runs.reports import append_report
from plion.studies.watching.estimate import state_of
from plion.studies.watching.page import Page, line
from plion.studies.watching.reading import StudyFile


def test_a_study_that_has_not_begun_waits(study: Path) -> None:
    found = state(study)
    assert (found.runs, found.waiting, found.done, found.running) == (5, 5, 0, [])
    assert found.seconds_left is None and not found.over


def test_runs_are_counted_by_how_they_stand(study: Path, write: Write) -> None:
    write("base", **DONE)
    write("grid-a-s0", status="failed", error="out of memory")
    old = write("grid-a-s1", status="running")
    append_report(old, report(100, 36.0, 40.0))
    for path in (old.record, old.reports):
        os.utime(path, (1, 1))
    running = write("grid-b-s0", status="running")
    with alone(running.path):
        os.utime(running.record, (1, 1))
        found = state(study)
    assert (found.done, found.stopped, found.waiting) == (1, 1, 1)
    assert [one.name for one in found.running] == ["grid-b-s0"]
    assert [(one.name, one.reason) for one in found.failed] == [("grid-a-s0", "out of memory")]


def test_a_running_run_says_where_it_is_how_far_and_how_fast(study: Path, write: Write) -> None:
    run = write("grid-a-s0", status="running")
    append_report(run, report(50, 20.0, 60.0, error=12.5))
    append_report(run, report(100, 36.0, 40.0))
    [one] = state(study).running
    assert (one.place, one.step, one.steps, one.held) == ("worker 1", 100, 200, 1.0)
    assert (one.error, one.speed, one.left) == (12.5, 100.0, 40.0)


def test_time_and_money_left_are_those_of_the_runs_that_are_done(study: Path, write: Write) -> None:
    write("base", **DONE)
    write("grid-a-s0", **DONE)
    append_report(write("grid-a-s1", status="running"), report(100, 100.0, 100.0))
    found = state(study)
    assert found.runs_per_hour == 12.0
    assert found.seconds_left == 150 + 2 * 300  # half of one, and two
    assert found.cost == 2.0 + 2.0 + 1.0 and found.cost_left == 7.5
    # One place takes the second run at once, the other one the third after 150 seconds.
    assert state(study, ("worker 0", "worker 1")).seconds_left == 450


def test_the_time_of_a_resumed_run_is_without_its_pause(study: Path, write: Write) -> None:
    times = {"train_seconds": 60.0, "validation_seconds": 20.0}
    decoding = {"nsc": {"seconds": 20.0, "audio_seconds": 1.0}}
    write("grid-a-s0", **{**DONE, "attempts": 2}, **times, decoding=decoding)
    append_report(write("grid-a-s1", status="running"), report(0, 0.0, None))
    assert state(study).runs_per_hour == 36.0


DECODED = {"nsc": {"seconds": 40_000.0, "audio_seconds": 1.0}}
BEGUN = {"nsc": {"seconds": 10_000.0, "audio_seconds": 1.0}}


def test_the_base_takes_as_long_as_others_take_to_decode(study: Path, write: Write) -> None:
    for name in ("grid-a-s0", "grid-a-s1", "grid-b-s0"):
        write(name, **DONE, decoding=DECODED)
    append_report(write("grid-b-s1", status="running"), report(0, 0.0, 60.0))
    assert state(study).seconds_left == (60 + 40_000) + 40_000


def test_a_run_that_has_trained_is_still_to_be_decoded(study: Path, write: Write) -> None:
    write("base", **DONE, decoding=DECODED)
    for name in ("grid-a-s0", "grid-a-s1"):
        write(name, **DONE, decoding=DECODED)
    append_report(write("grid-b-s0", status="running"), report(200, 300.0, 0.0))
    old = write("grid-b-s1", status="running", decoding=BEGUN)
    append_report(old, report(200, 300.0, 0.0))
    for path in (old.record, old.reports):
        os.utime(path, (1, 1))  # nothing works on it any more
    left = state(study, ("worker 0", "worker 1")).seconds_left
    assert left == pytest.approx(40_000, rel=0.01)
    assert state(study).seconds_left == pytest.approx(40_000 + 30_000, rel=0.01)


def test_before_one_has_decoded_it_is_only_said_that_one_does(study: Path, write: Write) -> None:
    for name in ("base", "grid-a-s0", "grid-a-s1", "grid-b-s0"):
        write(name, status="failed")
    append_report(write("grid-b-s1", status="running"), report(200, 300.0, 0.0))
    assert "decoding" in line(state(study)) and "left" not in line(state(study))


def test_a_run_that_failed_has_cost_what_it_trained(study: Path, write: Write) -> None:
    run = write("grid-a-s0", status="failed", error="out of memory")
    append_report(run, report(50, 100.0, 300.0))
    assert state(study).cost == 1.0


def test_what_a_branch_shares_with_its_trunk_costs_once(study: Path, write: Write) -> None:
    write("grid-a-s0", **DONE)
    write("grid-a-s1", **DONE, train_seconds=300.0, trunk_seconds=225.0)
    assert state(study).cost == 2.0 + 0.5


def test_a_branch_takes_as_long_as_what_it_trains_itself(study: Path, write: Write) -> None:
    path = study / "ablation.json"
    content = json.loads(path.read_text())
    for one, own in zip(content["cells"], ((3.0, {}), (1.5, {"trained": 0.5})) * 2, strict=True):
        one |= {"amount": own[0], **own[1]}
    path.write_text(json.dumps(content))
    write("base", **DONE)
    write("grid-a-s0", **DONE)  # 100 s a unit
    times = {"train_seconds": 140.0, "trunk_seconds": 100.0, "validation_seconds": 10.0}
    write("grid-a-s1", **{**DONE, "attempts": 2, **times})
    append_report(write("grid-b-s0", status="running"), report(0, 0.0, None))
    assert state(study).seconds_left == pytest.approx(300 + 50)


def test_the_last_run_takes_as_long_however_many_places_are_idle(study: Path, write: Write) -> None:
    for name in ("base", "grid-a-s0", "grid-a-s1", "grid-b-s0"):
        write(name, **DONE)
    append_report(write("grid-b-s1", status="running"), report(100, 100.0, None))
    assert state(study, tuple(f"worker {n}" for n in range(4))).seconds_left == 150


def test_a_run_of_another_study_is_found_by_its_hash(study: Path, write: Write) -> None:
    write("grid-a-s0", "other-a-s0", **DONE)
    assert state(study).done == 1


def test_what_changes_is_seen_by_who_goes_on_watching(study: Path, write: Write) -> None:
    file = StudyFile(study)
    assert state_of(*file.read()).done == 0
    run = write("grid-a-s0", status="running")
    append_report(run, report(1, 1.0, None))
    assert len(state_of(*file.read()).running) == 1
    append_report(run, report(2, 2.0, None))
    assert state_of(*file.read()).running[0].step == 2
    write("grid-a-s0", **DONE)
    found = state_of(*file.read())
    assert (found.done, [(one.name, one.done) for one in found.places]) == (1, [("worker 1", 1)])


def test_a_damaged_record_counts_as_failed(study: Path, write: Write) -> None:
    write("grid-a-s0").record.write_text("{")
    write("grid-a-s1").record.write_text("{}")
    damaged, empty = state(study).failed
    assert "damaged" in damaged.reason
    assert "is not the record of a run" in empty.reason


def test_a_sweep_is_watched_by_its_listing(study: Path, write: Write) -> None:
    write("grid-a-s0", **DONE)
    append_report(write("grid-a-s1", status="running"), report(100, 100.0, 100.0))
    (study / "ablation.json").unlink()
    trials = [("grid-a-s0", "complete", ""), ("grid-a-s1", "waiting", ""), ("", "failed", "no sun")]
    trials.append(trials[0])  # of equal settings, and so of the same run
    content = {
        "name": "grid",
        "metric": "valid/macro_error",
        "trials": 6,
        "hold": {"quantity": "audio_hours", "amount": 2.0},
        "runs": [
            {
                "run": f"trial {number}",
                "hash": digits(name) if name else "",
                "folder": f"{name}-{digits(name)}" if name else "",
                "state": ended,
                "reason": reason,
            }
            for number, (name, ended, reason) in enumerate(trials)
        ],
    }
    (study / "sweep.json").write_text(json.dumps(content))
    found = state(study)
    assert (found.runs, found.done, found.waiting, found.failed[0].reason) == (6, 2, 2, "no sun")
    assert found.cost == 2.0 + 1.0
    assert found.running[0].name == "trial 1" and found.study.question.endswith("of 6 trials")


def test_runs_of_different_budgets_are_shown_and_estimated_by_them(
    study: Path, write: Write
) -> None:
    path = study / "ablation.json"
    content = json.loads(path.read_text())
    for cell, amount in zip(content["cells"], (1.0, 1.0, 3.0, 3.0), strict=True):
        cell["amount"] = amount
    path.write_text(json.dumps(content))
    write("base", **DONE)
    write("grid-a-s0", **DONE)  # 300 s for 1 hour
    append_report(write("grid-b-s0", status="running"), report(100, 450.0, 450.0))
    found = state(study)
    assert found.running[0].amount == 3.0
    assert found.seconds_left == 450 + 300 + 900
    console = Console(width=100, height=24, file=io.StringIO(), record=True)
    console.print(Page(found))
    assert " 1/3 " in console.export_text()
