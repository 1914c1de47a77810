"""Workers of a driver that stops: they end with it, after their checkpoints if there is time."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from faked import PATIENCE, alive, wait_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's help is Linux's")

# Saves at SIGTERM, as training does, and says so.
SAVES = """
import os, signal, time
def save(*_):
    time.sleep(0.3)
    (log.parent / "saved").touch()
    raise SystemExit(143)
signal.signal(signal.SIGTERM, save)
(log.parent / "pid").write_text(str(os.getpid()))
time.sleep(600)
"""
DRIVER = """
import pathlib, signal, sys
import faked
from plion.studies.driving.driver import drive
from plion.studies.driving.opening import opened
from plion.studies.engines.local import Local
faked.install()
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background shell has it ignored
folder = pathlib.Path(sys.argv[1])
jobs = [faked.job(folder, name, (folder / "program").read_text()) for name in "ab"]
with opened(Local(2)) as engine:
    engine.patience = float(sys.argv[2])
    drive(engine, jobs, lambda one: print("a job has ended by itself"))
"""


def started(folder: Path, program: str = SAVES, patience: float = 600.0) -> subprocess.Popen[bytes]:
    """A driver in a process of its own, once both its jobs run."""
    (folder / "program").write_text(program)
    paths = (Path(__file__).parent, *map(Path, sys.path))
    driver = subprocess.Popen(
        [sys.executable, "-c", DRIVER, str(folder), str(patience)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    wait_for(lambda: len([one for one in folder.glob("*/pid") if one.read_text()]) == 2)
    return driver


def left(folder: Path) -> list[int]:
    """The jobs' processes that still run."""
    return [pid for pid in (int(one.read_text()) for one in folder.glob("*/pid")) if alive(pid)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_worker_outlives_a_driver_that_is_stopped(
    tmp_path: Path, number: signal.Signals
) -> None:
    driver = started(tmp_path)
    os.kill(driver.pid, number)
    said, _ = driver.communicate(timeout=PATIENCE)
    status = {signal.SIGTERM: 128 + signal.SIGTERM}.get(number, -number)
    assert (driver.returncode, said) == (status, b"")
    wait_for(lambda: not left(tmp_path))
    saved = len(list(tmp_path.glob("*/saved")))
    assert saved == (0 if number == signal.SIGKILL else 2)


def test_ctrl_c_reaches_all_processes_and_a_second_waits_no_longer(tmp_path: Path) -> None:
    slow = SAVES.replace("time.sleep(0.3)", "(log.parent / 'saving').touch(); time.sleep(600)")
    driver = started(tmp_path, slow)
    everyone = [driver.pid, *left(tmp_path)]
    for pid in everyone:  # as a terminal does
        os.kill(pid, signal.SIGINT)
    wait_for(lambda: len(list(tmp_path.glob("*/saving"))) == 2)
    assert driver.poll() is None
    os.kill(driver.pid, signal.SIGINT)
    driver.communicate(timeout=PATIENCE)
    wait_for(lambda: not left(tmp_path))


def test_jobs_save_when_the_terminal_closes(tmp_path: Path) -> None:
    driver = started(tmp_path)
    for pid in (*left(tmp_path), driver.pid):  # as a lost connection does
        os.kill(pid, signal.SIGHUP)
    time.sleep(0.1)
    os.kill(driver.pid, signal.SIGHUP)  # from the shell, which ends as well
    driver.communicate(timeout=PATIENCE)
    assert driver.returncode == 128 + signal.SIGHUP
    assert len(list(tmp_path.glob("*/saved"))) == 2 and not left(tmp_path)


def slurm(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Puts this process into a SLURM job; the file has what `scontrol` was asked, and when."""
    asked = folder / "asked"
    (folder / "scontrol").write_text(
        f'#!/bin/sh\nls {folder}/*/saved >> {asked}\necho "$@" >> {asked}\n'
    )
    (folder / "scontrol").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("SLURM_JOB_ID", "12")
    return asked


def test_slurms_warning_lets_jobs_save_and_queues_the_study_again_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = slurm(tmp_path, monkeypatch)
    driver = started(tmp_path, patience=0.01)  # which no longer counts
    os.kill(driver.pid, signal.SIGUSR1)
    said, _ = driver.communicate(timeout=PATIENCE)
    assert (driver.returncode, said) == (128 + signal.SIGUSR1, b"")
    *saved, line = asked.read_text().splitlines()
    assert len(saved) == 2 and line == "requeue 12"


def test_study_is_queued_again_also_where_a_job_does_not_end_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = slurm(tmp_path, monkeypatch)
    deaf = SAVES.replace("raise SystemExit(143)", "")
    driver = started(tmp_path, deaf.replace("time.sleep(600)", "while True: time.sleep(1)"), 0.1)
    os.kill(driver.pid, signal.SIGUSR1)
    wait_for(lambda: len(list(tmp_path.glob("*/saved"))) == 2)
    os.kill(driver.pid, signal.SIGTERM)  # from now on SLURM waits for half a minute
    driver.communicate(timeout=PATIENCE)
    assert driver.returncode == 128 + signal.SIGTERM
    assert asked.read_text().splitlines()[-1] == "requeue 12"
    wait_for(lambda: not left(tmp_path))
