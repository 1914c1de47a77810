"""Runs on two devices: the result of one, one voice, and an end for all."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from processes import STATUS, Halt, Start
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tiny import Tiny

from plion.data.manifest import read_manifest
from plion.planning.planned_run import mixture_plan
from plion.runs.folder import RunFolder
from plion.training.processes.ranks import Ranks

SECONDS = 30.0  # only a failing test waits so long
COUNTED = ("status", "steps", "utterances", "supervised_tokens", "validation")


def scalars(folder: RunFolder, tag: str) -> list[float]:
    board = EventAccumulator(str(folder.path), size_guidance={"scalars": 0}).Reload()
    return [event.value for event in board.Scalars(tag)]


def weights(folder: RunFolder) -> dict[str, torch.Tensor]:
    return dict(torch.load(folder.checkpoints / "last.ckpt", weights_only=True)["state_dict"])


@pytest.fixture(scope="module")
def shared(
    tiny: Tiny, settings: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> RunFolder:
    """The finished run on two processes, of which the second is started by the first."""
    return tiny.train(tmp_path_factory.mktemp("shared"), *settings, "trainer.devices=2")


def test_two_processes_have_the_losses_and_weights_of_one(
    shared: RunFolder, finished: RunFolder
) -> None:
    for tag in ("train/loss", "train/loss_text", "valid/loss"):
        assert scalars(shared, tag) == pytest.approx(scalars(finished, tag), abs=1e-4)
    torch.testing.assert_close(weights(shared), weights(finished), atol=1e-4, rtol=0)


def test_accumulated_batches_of_unlike_size_have_the_losses_of_one_process(
    tiny: Tiny, tmp_path: Path
) -> None:
    settings = (
        "batch.per_step=4", "trainer.validations=0", "evaluate.test=false", "optim.lr=1e-3",
    )  # fmt: skip
    plan = mixture_plan(tiny.experiment(tmp_path, *settings)).plan
    assert plan.tokens is not None
    shares = [plan.tokens[plan.deal(rank, 2)].reshape(plan.steps, -1).sum(1) for rank in (0, 1)]
    assert (shares[0] != shares[1]).all()  # so that a mean of the ranks' means would differ
    one = tiny.train(tmp_path / "one", *settings)
    start = Start.of(tiny, tmp_path / "two", *settings)
    assert start.train(2) == [0, 0], start.output()
    two = start.folder
    for tag in ("train/loss", "train/loss_text", "train/loss_prefix"):
        assert scalars(two, tag) == pytest.approx(scalars(one, tag), abs=1e-4)
    torch.testing.assert_close(weights(two), weights(one), atol=1e-4, rtol=0)


def test_what_two_processes_consume_and_validate_is_counted_together(
    shared: RunFolder, finished: RunFolder
) -> None:
    found, expected = shared.read(), finished.read()
    assert [getattr(found, key) for key in COUNTED] == [getattr(expected, key) for key in COUNTED]
    for tag in ("price/padding", "repeats/slr65", "share_hours/en", "step_mix/entropy"):
        assert scalars(shared, tag) == pytest.approx(scalars(finished, tag))


def test_the_number_of_devices_is_recorded_and_does_not_make_another_run(
    shared: RunFolder, finished: RunFolder
) -> None:
    assert (shared.read().devices, finished.read().devices) == (2, 1)
    assert shared.path.name == finished.path.name


def test_what_fails_on_one_rank_is_told_by_the_first_and_ends_both(
    tiny: Tiny, tmp_path: Path
) -> None:
    start = Start.of(tiny, tmp_path, "batch.per_step=2", "trainer.checkpoints=4")
    ended = start.train(2, Halt("input", 2, rank=1))
    assert ended == [STATUS["input"]] * 2
    assert start.output().endswith("plion: stopped by bad input\n") and not start.output(1)
    record = start.folder.read()
    assert (record.status, record.error) == ("failed", "stopped by bad input")
    assert start.train(2) == [0, 0]  # and mended, it goes on
    assert start.folder.done(tested=True) and not start.output(1)
    assert start.output().endswith(f"{start.folder.path}\n")
    assert start.train(2) == [0, 0] and not start.seen()  # there is nothing left to do


def test_a_batch_of_bad_audio_on_one_rank_is_no_batch_of_its_step(
    tiny: Tiny, tmp_path: Path
) -> None:
    spoilt = tiny.copy(tmp_path)
    for row in read_manifest(spoilt.root / "aishell1" / "train.jsonl"):
        Path(row.audio).write_text("not audio")
    found = []
    for ranks in (1, 2):
        start = Start.of(
            spoilt, tmp_path / str(ranks), "batch.per_step=2", "batch.utterances=1",
            "data.on_bad_audio=skip", "evaluate.test=false", "optim.lr=1e-4",
        )  # fmt: skip
        assert start.train(ranks) == [0] * ranks, start.output()
        found.append((start.folder.read(), start.weights()))
    (one, its_weights), (two, other_weights) = found
    assert sorted(one.skipped_audio) == sorted(two.skipped_audio) != []
    assert one.supervised_tokens == two.supervised_tokens
    torch.testing.assert_close(other_weights, its_weights, atol=1e-5, rtol=0)


def test_ranks_speak_once_a_step_beside_their_gradients(tiny: Tiny, tmp_path: Path) -> None:
    start = Start.of(
        tiny, tmp_path, "batch.per_step=4", "trainer.validations=0", "trainer.checkpoints=1",
        "evaluate.test=false",
    )  # fmt: skip
    assert start.train(2) == [0, 0], start.output()
    for rank in (0, 1):
        spoken = [sum(one.values()) for one in start.words(rank)]
        more = [now - before for before, now in zip(spoken[:-1], spoken[1:], strict=True)]
        assert more == [0, 1, 0, 1, 0, 1, 0]  # four steps of two batches each
        first, last = (start.words(rank)[place] for place in (0, -1))
        assert last["all_reduce"] - first.get("all_reduce", 0) == 3


def test_runs_that_start_at_once_have_ports_of_their_own() -> None:
    one, other = Ranks(2), Ranks(2)
    with one.together():
        first = int(os.environ["MASTER_PORT"])
        with other.together():
            assert int(os.environ["MASTER_PORT"]) != first
        with socket.socket() as third, pytest.raises(OSError, match="in use"):
            third.bind(("", first))  # nobody can take it before the other rank comes


@pytest.mark.resume
def test_two_runs_of_two_processes_that_start_at_once_end_as_one_alone(
    shared: RunFolder, tiny: Tiny, settings: tuple[str, ...], tmp_path: Path
) -> None:
    starts = [Start.of(tiny, tmp_path / name, *settings) for name in ("one", "other")]
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "plion", "train", str(one.config), "trainer.devices=2"],
            stdout=subprocess.DEVNULL,
        )
        for one in starts
    ]
    assert [process.wait(300) for process in running] == [0, 0]
    for one in starts:
        assert one.folder.path.name == shared.path.name
        torch.testing.assert_close(weights(one.folder), weights(shared), atol=0, rtol=0)


@pytest.mark.resume
@pytest.mark.parametrize("victim", [0, 1])
def test_when_one_process_is_killed_the_other_ends_too(
    victim: int, tiny: Tiny, tmp_path: Path
) -> None:
    start = Start.of(
        tiny, tmp_path, "batch.per_step=2", "hold.amount=1000", "trainer.checkpoints=1000"
    )
    command = [sys.executable, "-m", "plion", "train", str(start.config), "trainer.devices=2"]
    first = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    while not list(tmp_path.glob("runs/*/checkpoints/last.ckpt")):
        time.sleep(0.5)
        assert first.poll() is None
    second = int(subprocess.check_output(["pgrep", "-P", str(first.pid)]))
    os.kill((first.pid, second)[victim], signal.SIGKILL)
    assert first.wait(30) == (-signal.SIGKILL if victim == 0 else 1)
    assert gone(second, 30)
    record = start.folder.read()
    if victim:
        assert (record.status, record.error) == ("failed", "the process of rank 1 has died")
    else:
        assert record.status == "running"  # as whatever is killed


@pytest.mark.resume
def test_a_process_that_never_begins_is_not_waited_for(tiny: Tiny, tmp_path: Path) -> None:
    start = Start.of(tiny, tmp_path, "batch.per_step=2", "trainer.devices=2")
    program = """
import sys
from plion.cli.main import main
sys.executable = "/bin/false"
sys.exit(main(sys.argv[1:]))
"""
    ended = subprocess.run([sys.executable, "-c", program, "train", start.config], timeout=90)
    assert ended.returncode == 1 and start.folder.read().status == "failed"


def gone(process: int, seconds: float) -> bool:
    """Whether a process ends in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.5)
    return False
