"""What the Ray engine brings back from a node: results and starts, each in its place or dropped."""

from dataclasses import replace
from pathlib import Path

import pytest
from tiny import Tiny

from plion.config.experiment import to_yaml
from plion.planning.inputs import hash8
from plion.runs.claims import alone
from plion.runs.folder import RunFolder
from plion.runs.reports import Report
from plion.studies.driving.jobs import training
from plion.studies.engines.engine import BUSY, DONE, FAILED, Job
from plion.studies.engines.ray.board import Board, Started
from plion.studies.engines.ray.order import Outcome
from plion.studies.engines.ray.returned import packed, place
from plion.studies.engines.ray.sent import Sending, Sent
from plion.system import drafts


def finished(path: Path) -> RunFolder:
    """A run as a node leaves it."""
    run = RunFolder(path)
    path.mkdir(exist_ok=True)
    run.write(name="a", hash="0123abcd", status="done", attempts=1)
    run.predictions("nsc").parent.mkdir()
    run.predictions("nsc").write_text("{}\n")
    run.metrics.write_text("{}")
    (path / "events.out.tfevents.1").write_bytes(b"\x00curve")
    run.checkpoints.mkdir()
    (run.checkpoints / "last.ckpt").write_bytes(b"weights")
    run.config.write_text("trainer: {runs: there}\n")
    (path / ".lock").touch()
    return run


def training_of(tiny: Tiny, home: Path) -> Job:
    """The job of a training of the tiny model, in a run root `runs` that it makes."""
    (home / "runs").mkdir()
    exp = tiny.experiment(home / "runs")
    return training(exp, RunFolder(home / "runs" / f"tiny-{hash8(exp)}"))


def test_what_results_needs_comes_back_and_weights_do_not(tmp_path: Path) -> None:
    files = packed(finished(tmp_path))
    assert set(files) == {
        "run.json",
        "metrics.json",
        "predictions/nsc.jsonl",
        "events.out.tfevents.1",
    }


def test_a_result_is_put_into_the_drivers_run_folder(tmp_path: Path) -> None:
    there = finished(tmp_path / "there")
    here = RunFolder(tmp_path / "here")
    here.path.mkdir()
    here.config.write_text("trainer: {runs: here}\n")
    assert place(packed(there), here, 3)
    assert here.done(tested=True) and here.read().attempts == 3
    assert here.predictions("nsc").read_bytes() == there.predictions("nsc").read_bytes()
    assert here.config.read_text() == "trainer: {runs: here}\n"
    assert [path.name for path in tmp_path.iterdir()] in (["there", "here"], ["here", "there"])


def test_a_second_finisher_is_dropped(tmp_path: Path) -> None:
    files, here = packed(finished(tmp_path / "there")), RunFolder(tmp_path / "here")
    here.path.mkdir()
    assert place(files, here, 1)
    assert not place(files | {"metrics.json": b"other"}, here, 2)
    assert here.metrics.read_text() == "{}" and here.read().attempts == 1


def test_a_result_does_not_come_between_what_another_process_writes_in_the_run_folder(
    tiny: Tiny, tmp_path: Path
) -> None:
    job = training_of(tiny, tmp_path)
    sent = Sending({}).sent(job, 0)
    outcome = Outcome(DONE, "", "3f09a1", files=packed(finished(tmp_path / "there")))
    with alone(job.folder):
        sent.started(Started(0, 2, "3f09a1", shared=False))
        ended, dropped = sent.ended(outcome)
        assert (ended.status, dropped, sent.folder.record.exists()) == (BUSY, False, False)
    ended, _ = sent.ended(outcome)
    assert ended.status == DONE and sent.folder.done()


def test_a_full_disk_at_the_driver_is_said_and_leaves_the_run_as_it_was(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = training_of(tiny, tmp_path)
    sent = Sent(job, Sending({}).sent(job, 0).order, before=0)
    files = packed(finished(tmp_path / "there"))
    draft = drafts.draft(job.folder)
    write = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if draft in path.parents:
            return write(Path("/dev/full"), content)
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    ended, dropped = sent.ended(Outcome(DONE, "", "3f09a1", files=files))
    assert ended.status == FAILED and "no space left on the disk" in ended.told
    assert not dropped and not sent.folder.done() and not draft.exists()


@pytest.mark.parametrize(
    "name", ["../outside.txt", "predictions/../../outside.txt", "{}/outside.txt"]
)
@pytest.mark.parametrize("status", [DONE, FAILED])
def test_a_node_writes_into_its_run_folder_alone(
    tiny: Tiny, tmp_path: Path, name: str, status: int
) -> None:
    job = training_of(tiny, tmp_path)
    sent = Sent(job, Sending({}).sent(job, 0).order, before=0)
    files = {**packed(finished(tmp_path / "there")), name.format(tmp_path): b"text"}
    ended, _ = sent.ended(Outcome(status, "", "3f09a1", files=files))
    assert ended.status == FAILED and "which is not in a run folder" in ended.told
    assert not sent.folder.done() and not list(tmp_path.rglob("outside.txt"))


def test_a_job_whose_process_crashes_again_and_again_is_given_up(
    tiny: Tiny, tmp_path: Path
) -> None:
    job = training_of(tiny, tmp_path)
    sent = Sent(job, Sending({}).sent(job, 0).order, before=0)
    report = Report(step=0, steps=9, held=0, hours=0, seconds=0)
    for step in range(9):  # it gets on between crashes
        sent.reported(replace(report, step=step))
        assert not sent.crashed()
    for _ in range(9):  # it only says again what it has said
        sent.reported(report)
        over = sent.crashed()
    assert over


def test_starts_are_in_the_drivers_record_over_all_calls(tiny: Tiny, tmp_path: Path) -> None:
    job = training_of(tiny, tmp_path)
    first = Sending({}).sent(job, 0)
    first.started(Started(0, 2, "3f09a1", shared=False))
    again = Sending({}).sent(job, 0)
    again.started(Started(0, 1, "3f09a1", shared=False))
    assert again.folder.read().attempts == 3 and again.folder.read().status == "running"
    assert "begins anew" in again.begins_anew
    assert to_yaml(tiny.experiment(tmp_path / "runs")) == job.config.read_text()


def test_an_attempt_that_was_given_up_is_told_to_stop_when_it_comes_back() -> None:
    board = Board()
    assert board.begin(0, "one", shared=False) == 1
    assert not board.hear(0, 1, [{"step": 1}])
    assert board.begin(0, "two", shared=False) == 2
    assert board.hear(0, 1, [{"step": 2}])
    assert not board.hear(0, 2, [{"step": 1}])
    news = board.news()
    assert [one.attempt for one in news.started] == [1, 2]
    assert [report["step"] for _, report in news.reports] == [1, 1]
    assert board.news().started == []


def test_a_job_that_was_cancelled_does_not_start() -> None:
    board = Board()
    board.stop(1)
    assert board.begin(1, "one", shared=True) == 0 and board.begin(0, "one", shared=True) == 1
    board.close()
    assert board.hear(0, 1, []) and board.begin(2, "one", shared=True) == 0
