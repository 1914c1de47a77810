"""Signals from schedulers: the run stops at the end of a step, and under SLURM is queued again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from endings import outcome
from lightning.fabric.plugins.environments.lightning import find_free_network_port
from processes import Start
from tiny import Tiny

from plion.models.qwen3_asr.protocol.loaded import LoadedQwen
from plion.recognition import test_sets
from plion.runs.folder import RunFolder
from plion.training.step.module import SpeechRecognizer

REQUEUED = 128 + signal.SIGUSR1
MOMENTS = {
    "within a step": (SpeechRecognizer, "training_step", 4),
    "at the end of a step": (SpeechRecognizer, "training_step", 5),
    "in a validation": (SpeechRecognizer, "validation_step", 0),
    "in the last validation": (SpeechRecognizer, "validation_step", 3),
    "before the weights are exported": (LoadedQwen, "save", 0),
    "as a test set is decoded": (test_sets, "recognize", 1),
}


@pytest.fixture
def scontrol(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that a stand-in for SLURM's command writes its arguments to, in job 12."""
    (tmp_path / "bin").mkdir()
    command, asked = tmp_path / "bin" / "scontrol", tmp_path / "asked"
    command.write_text(f'#!/bin/sh\necho "$@" >> {asked}\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{command.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("SLURM_JOB_ID", "12")
    return asked


def signalled(method: Callable[..., Any], call: int) -> Callable[..., Any]:
    """A method during whose n-th call the process gets the signal."""
    calls = iter(range(100))

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if next(calls) == call:
            os.kill(os.getpid(), signal.SIGUSR1)
        return method(*args, **kwargs)

    return wrapped


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_job_is_queued_again_and_goes_on_to_the_same_end(
    moment: str,
    scontrol: Path,
    finished: RunFolder,
    tiny: Tiny,
    tmp_path: Path,
    settings: tuple[str, ...],
) -> None:
    owner, name, call = MOMENTS[moment]
    handler = signal.getsignal(signal.SIGUSR1)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as end:
        patch.setattr(owner, name, signalled(getattr(owner, name), call))
        tiny.train(tmp_path / "runs", *settings)
    assert end.value.code == REQUEUED
    assert scontrol.read_text() == "requeue 12\n"
    (folder,) = (tmp_path / "runs").glob("tiny-*")
    assert RunFolder(folder).read().status == "running"
    assert outcome(tiny.train(tmp_path / "runs", *settings)) == outcome(finished)
    assert signal.getsignal(signal.SIGUSR1) == handler


def test_a_task_of_an_array_is_queued_again_alone(
    scontrol: Path, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_ARRAY_JOB_ID", "7")
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "3")
    step = SpeechRecognizer.training_step
    monkeypatch.setattr(SpeechRecognizer, "training_step", signalled(step, 0))
    with pytest.raises(SystemExit):
        tiny.train(tmp_path / "runs")
    assert scontrol.read_text() == "requeue 7_3\n"


def test_a_job_that_cannot_be_queued_again_is_told_of(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "12")
    monkeypatch.setenv("PATH", str(tmp_path))
    step = SpeechRecognizer.training_step
    monkeypatch.setattr(SpeechRecognizer, "training_step", signalled(step, 0))
    with pytest.raises(SystemExit) as end:
        tiny.train(tmp_path / "runs")
    assert end.value.code == REQUEUED
    assert "could not requeue job 12, submit it again" in capsys.readouterr().err


@pytest.mark.resume
@pytest.mark.parametrize("workers", [0, 1])
def test_two_tasks_of_srun_stop_after_the_same_step_and_go_on(
    workers: int, scontrol: Path, tiny: Tiny, tmp_path: Path
) -> None:
    start = Start.of(
        tiny, tmp_path, "batch.per_step=2", "hold.amount=40", "trainer.checkpoints=40",
        "trainer.devices=2", f"trainer.workers={workers}", "evaluate.test=false",
    )  # fmt: skip
    tasks = srun(start)
    while not list(tmp_path.glob("runs/*/checkpoints/last.ckpt")):
        time.sleep(0.1)
        assert [task.poll() for task in tasks] == [None, None]
    for task in tasks:
        os.killpg(task.pid, signal.SIGUSR1)  # as SLURM does, with the workers of its loaders
    assert [task.wait(60) for task in tasks] == [REQUEUED] * 2
    assert scontrol.read_text() == "requeue 12\n"
    assert [task.wait(120) for task in srun(start)] == [0, 0]
    assert start.folder.read().steps == 40


@pytest.mark.resume
def test_what_is_sent_to_a_loaders_workers_too_does_not_fail_the_run(
    tiny: Tiny, tmp_path: Path
) -> None:
    start = Start.of(
        tiny, tmp_path, "hold.amount=1000", "trainer.checkpoints=1000", "trainer.workers=1"
    )
    command = [sys.executable, "-m", "plion", "train", str(start.config)]
    process = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
    while not list(tmp_path.glob("runs/*/checkpoints/last.ckpt")):
        time.sleep(0.1)
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGTERM)  # as torchrun does
    assert process.wait(60) == 128 + signal.SIGTERM
    assert start.folder.read().status == "running"


def srun(start: Start) -> list[subprocess.Popen[bytes]]:
    """The two processes that srun starts on one machine for a run on two devices."""
    own = {
        "SLURM_NTASKS": 2, "SLURM_NTASKS_PER_NODE": 2, "SLURM_NNODES": 1, "SLURM_NODEID": 0,
        "SLURM_STEP_NUM_TASKS": 2, "SLURM_NODELIST": "127.0.0.1", "SLURM_JOB_NAME": "train",
        "MASTER_PORT": find_free_network_port(),
    }  # fmt: skip
    command = [sys.executable, "-m", "plion", "train", str(start.config)]
    return [
        subprocess.Popen(
            command,
            env=os.environ
            | {name: str(value) for name, value in own.items()}
            | {"SLURM_PROCID": str(rank), "SLURM_LOCALID": str(rank)},
            start_new_session=True,
        )
        for rank in range(2)
    ]
