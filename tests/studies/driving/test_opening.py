"""An open engine: how a study that is interrupted stops its jobs."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from fake_engine import Here

from plion.studies.driving.opening import opened

WARNED = """
import os, signal, sys
sys.path.insert(0, {here!r})
from fake_engine import Here
from plion.studies.driving.opening import opened
class Slow(Here):
    patience = 600.0
    def __exit__(self, *error):
        print("patience", self.patience, flush=True)
        if {late}:
            os.kill(os.getpid(), signal.SIGTERM)  # SLURM's time is over
with opened(Slow(lambda job: 0)):
    os.kill(os.getpid(), signal.SIGUSR1)
"""


@pytest.mark.parametrize("late", [False, True])
def test_slurms_warning_requeues_the_study_once_its_jobs_have_saved_or_time_is_over(
    tmp_path: Path, late: bool
) -> None:
    scontrol = tmp_path / "scontrol"
    scontrol.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n')
    scontrol.chmod(0o755)
    ended = subprocess.run(
        [sys.executable, "-c", WARNED.format(here=str(Path(__file__).parents[1]), late=late)],
        env={
            **os.environ,
            "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
            "SLURM_JOB_ID": "12",
        },
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    number = signal.SIGTERM if late else signal.SIGUSR1
    assert (ended.returncode, ended.stdout.strip()) == (128 + number, "patience None")
    assert (tmp_path / "asked").read_text() == "requeue 12\n"


def test_an_engine_is_left_when_its_driver_is_interrupted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    left: list[object] = []

    class Left(Here):
        def __exit__(self, *error: object) -> None:
            left.append(error[0])

    with pytest.raises(KeyboardInterrupt), opened(Left(lambda job: 0)):
        raise KeyboardInterrupt
    assert left == [KeyboardInterrupt]
    assert "stopping; what runs saves a checkpoint first" in capsys.readouterr().err
