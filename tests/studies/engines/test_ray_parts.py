"""What the Ray engine does without Ray: whom it refuses, what it maps, brings back and drops."""

import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny import Tiny

from plion.config.experiment import to_yaml
from plion.errors import InputError
from plion.planning.inputs import hash8, input_hashes
from plion.runs.claims import alone
from plion.runs.folder import RunFolder
from plion.runs.reports import Report
from plion.studies.engine_choice import engine_of
from plion.studies.engines.choice import Choice, choice
from plion.studies.engines.engine import BUSY, DONE, FAILED
from plion.studies.engines.ray import node, nodes
from plion.studies.engines.ray.board import Board, Started
from plion.studies.engines.ray.order import Order, Outcome
from plion.studies.engines.ray.returned import packed, place
from plion.studies.engines.ray.sent import Sending, Sent
from plion.studies.jobs import training
from plion.system import drafts
from plion.system.yamls import read_yaml


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


def order(tiny: Tiny, runs: Path, paths: dict[str, str]) -> Order:
    """The order of a training of the tiny model."""
    exp = tiny.experiment(runs)
    digits = hash8(exp)
    job = training(exp, RunFolder(runs / f"tiny-{digits}"))
    return Sending(paths).sent(job, 0).order


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if Ray were installed, which the addresses are looked at before it is imported."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("ray://head:10001", "ray:// end with the connection; run plion on a machine of"),
        ("head", "give auto, local or HOST:PORT, not 'head'"),
    ],
)
def test_an_address_that_cannot_be_right_is_refused(address: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        engine_of(Choice("ray", address=address))


@pytest.mark.usefixtures("installed")
def test_a_cluster_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        where = f"127.0.0.1:{free.getsockname()[1]}"
    for address in (where, "auto"):
        monkeypatch.setenv("RAY_ADDRESS", where)
        with pytest.raises(InputError, match=f"no Ray cluster answers at {where}"):
            engine_of(Choice("ray", address=address))


def test_without_ray_its_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'plion\[ray\]'"):
        engine_of(Choice("ray", address="local"))
    assert "plion.studies.engines.ray.engine" not in sys.modules


def test_paths_are_given_by_name() -> None:
    found = choice("ray", 1, None, maps=["data=/d", "runs=$ROOT"], sbatch=None)
    assert found.paths == {"data": "/d", "runs": "$ROOT"}


def test_a_node_has_its_own_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRATCH", "/scratch")
    config: dict[str, Any] = {"trainer": {"runs": "runs", "threads": 1}, "data": {"root": "data"}}
    there = node.mapped(config, {"runs": "$SCRATCH/runs", "data": "/mnt/data"})
    assert there == {
        "trainer": {"runs": "/scratch/runs", "threads": 1},
        "data": {"root": "/mnt/data"},
    }
    assert config["trainer"]["runs"] == "runs"
    with pytest.raises(InputError, match="runs=.NOWHERE/runs: this node has no variable .NOWHERE"):
        node.mapped(config, {"runs": "$NOWHERE/runs"})


CPUS, GPUS = {"CPU": 9.0}, {"CPU": 16.0, "GPU": 4.0}


@pytest.mark.parametrize(
    ("settings", "devices", "there", "found"),
    [
        ({"threads": 4}, 1, [CPUS], ["cpu 0", "cpu 1"]),
        ({"threads": 4}, 3, [CPUS], []),
        ({"threads": 4}, 1, [GPUS, CPUS], ["cuda 0", "cuda 1", "cuda 2", "cuda 3"]),
        ({"threads": 8}, 1, [GPUS], ["cuda 0", "cuda 1"]),
        ({"threads": 4}, 2, [GPUS], ["cuda 0 1", "cuda 2 3"]),
        ({"threads": 4, "accelerator": "cpu"}, 2, [GPUS, CPUS], ["cpu 0", "cpu 1", "cpu 0"]),
        ({"threads": 4, "accelerator": "gpu"}, 1, [CPUS], []),
        ({"threads": 4}, 1, [], []),
    ],
)
def test_a_cluster_has_as_many_places_as_such_jobs_run_at_once(
    settings: dict[str, Any],
    devices: int,
    there: list[dict[str, float]],
    found: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listed = [{"NodeID": "3f09a1b2", "Resources": one, "Alive": True} for one in there]
    monkeypatch.setattr(nodes, "_nodes", lambda: listed)
    trainer = {"accelerator": "auto", **settings}
    needs = nodes.needs_of(trainer, devices, gpus=nodes.has_gpus())
    assert nodes.places(needs) == [f"node 3f09a1 {place}" for place in found]


def test_a_node_knows_whether_it_sees_the_drivers_run_root(tiny: Tiny, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    sent = order(tiny, tmp_path / "runs", {})
    assert node.prepared(sent).shared
    apart = order(tiny, tmp_path / "runs", {"runs": str(tmp_path / "there")})
    ready = node.prepared(apart)
    assert not ready.shared
    assert ready.job.folder == tmp_path / "there" / f"tiny-{apart.hash8}"
    assert read_yaml(ready.job.config)["trainer"]["runs"] == str(tmp_path / "there")


def test_a_node_with_other_data_names_the_file_and_both_hashes(tiny: Tiny, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    other = tiny.copy(tmp_path)
    path = other.root / "slr65" / "train.jsonl"
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    (other.root / "aishell1" / "valid.jsonl").unlink()
    there = tmp_path / "there"
    sent = order(tiny, tmp_path / "runs", {"data": str(other.root), "runs": str(there)})
    own = input_hashes(tiny.experiment(tmp_path / "runs"), trains=True)
    with pytest.raises(InputError) as error:
        node.prepared(sent)
    assert f"{path} is " in str(error.value)
    assert f"and not {own['slr65/train'][:8]}" in str(error.value)
    assert "aishell1/valid.jsonl is missing and not" in str(error.value)
    assert "librispeech" not in str(error.value)
    assert not there.exists()  # it leaves nothing where it cannot run


def test_a_node_with_another_base_names_it(tiny: Tiny, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    sent = order(tiny, tmp_path / "runs", {"base": "mini"})
    with pytest.raises(InputError, match="base model mini is [0-9a-f]{8} and not [0-9a-f]{8}"):
        node.prepared(sent)


def test_a_node_without_the_folder_of_checkpoints_says_so(tiny: Tiny, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    sent = order(tiny, tmp_path / "runs", {"checkpoints": str(tmp_path / "kept")})
    with pytest.raises(InputError, match="trainer.checkpoint_dir: there is no folder .*kept"):
        node.prepared(sent)
    (tmp_path / "kept").mkdir()
    assert node.prepared(sent).shared


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
    (tmp_path / "runs").mkdir()
    exp = tiny.experiment(tmp_path / "runs")
    job = training(exp, RunFolder(tmp_path / "runs" / f"tiny-{hash8(exp)}"))
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
    (tmp_path / "runs").mkdir()
    exp = tiny.experiment(tmp_path / "runs")
    job = training(exp, RunFolder(tmp_path / "runs" / f"tiny-{hash8(exp)}"))
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
    (tmp_path / "runs").mkdir()
    exp = tiny.experiment(tmp_path / "runs")
    job = training(exp, RunFolder(tmp_path / "runs" / f"tiny-{hash8(exp)}"))
    sent = Sent(job, Sending({}).sent(job, 0).order, before=0)
    files = {**packed(finished(tmp_path / "there")), name.format(tmp_path): b"text"}
    ended, _ = sent.ended(Outcome(status, "", "3f09a1", files=files))
    assert ended.status == FAILED and "which is not in a run folder" in ended.told
    assert not sent.folder.done() and not list(tmp_path.rglob("outside.txt"))


def test_a_job_whose_process_crashes_again_and_again_is_given_up(
    tiny: Tiny, tmp_path: Path
) -> None:
    (tmp_path / "runs").mkdir()
    exp = tiny.experiment(tmp_path / "runs")
    job = training(exp, RunFolder(tmp_path / "runs" / f"tiny-{hash8(exp)}"))
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
    (tmp_path / "runs").mkdir()
    exp = tiny.experiment(tmp_path / "runs")
    job = training(exp, RunFolder(tmp_path / "runs" / f"tiny-{hash8(exp)}"))
    first = Sending({}).sent(job, 0)
    first.started(Started(0, 2, "3f09a1", shared=False))
    again = Sending({}).sent(job, 0)
    again.started(Started(0, 1, "3f09a1", shared=False))
    assert again.folder.read().attempts == 3 and again.folder.read().status == "running"
    assert "begins anew" in again.begins_anew
    assert to_yaml(exp) == job.config.read_text()


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
