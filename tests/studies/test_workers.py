"""The queue of processes: how many at once, what of a failure, and what of a parent that stops."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from plion.studies.workers import Job, run_all

PATIENCE = 30.0  # seconds; only a failing test waits so long


def job(folder: Path, name: str, program: str) -> Job:
    return Job(name, (sys.executable, "-c", program), folder / name / "out.log")


def quiet(job: Job, code: int, seconds: float) -> None:
    pass


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_every_job_runs_and_leaves_both_its_outputs(tmp_path: Path) -> None:
    program = "import sys; print('out'); print('err', file=sys.stderr)"
    jobs = [job(tmp_path, name, program) for name in "abc"]
    assert run_all(jobs, 2, quiet) == []
    assert all(set(one.log.read_text().split()) == {"out", "err"} for one in jobs)


def test_a_failing_job_stops_no_other_and_is_returned(tmp_path: Path) -> None:
    told = {}
    bad, good = job(tmp_path, "bad", "raise SystemExit(3)"), job(tmp_path, "good", "pass")

    def note(job: Job, code: int, seconds: float) -> None:
        told[job.name] = code

    assert run_all([bad, good], 1, note) == [bad]
    assert told == {"bad": 3, "good": 0}


def test_so_many_run_side_by_side_and_no_more(tmp_path: Path) -> None:
    # Each waits until another is there with it; with one at a time it would wait for ever.
    program = f"""
import os, pathlib, time
folder = pathlib.Path({str(tmp_path)!r})
me = folder / f"{{os.getpid()}}.here"
me.touch()
end = time.monotonic() + {PATIENCE}
while len(seen := list(folder.glob("*.here"))) < 2 and time.monotonic() < end:
    time.sleep(0.01)
(folder / f"{{os.getpid()}}.seen").write_text(str(len(seen)))
time.sleep(0.3)
me.rename(folder / f"{{os.getpid()}}.gone")
"""
    run_all([job(tmp_path, name, program) for name in "abcd"], 2, quiet)
    assert [path.read_text() for path in tmp_path.glob("*.seen")] == ["2"] * 4


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's help is Linux's")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_job_outlives_a_parent_that_is_stopped(tmp_path: Path, number: signal.Signals) -> None:
    sleeper = f"import os, time; open({str(tmp_path / 'pid')!r} , 'w').write(str(os.getpid()))"
    program = f"""
import pathlib, signal, sys
from plion.studies.workers import Job, run_all
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background shell has it ignored
command = (sys.executable, "-c", {sleeper + "; time.sleep(600)"!r})
run_all([Job("a", command, pathlib.Path({str(tmp_path / "log")!r}))], 1, print)
"""
    parent = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL)
    pid = tmp_path / "pid"
    wait_for(lambda: pid.exists() and pid.read_text() != "")
    os.kill(parent.pid, number)
    status = parent.wait(PATIENCE)
    assert status == (128 + number if number == signal.SIGTERM else -number)
    wait_for(lambda: not alive(int(pid.read_text())))


def in_slurm(program: str, folder: Path) -> tuple[Path, subprocess.Popen[bytes]]:
    """What a stand-in for SLURM's command writes, after what was saved; and a program in job 12."""
    scontrol, asked = folder / "bin" / "scontrol", folder / "asked"
    scontrol.parent.mkdir()
    scontrol.write_text(f'#!/bin/sh\nls {folder}/*.saved >> {asked}\necho "$@" >> {asked}\n')
    scontrol.chmod(0o755)
    path = f"{scontrol.parent}{os.pathsep}{os.environ['PATH']}"
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        env={**os.environ, "PATH": path, "SLURM_JOB_ID": "12"},
        stdout=subprocess.PIPE,
    )
    return asked, parent


@pytest.mark.skipif(sys.platform != "linux", reason="SLURM's machines are")
def test_slurms_warning_lets_jobs_save_what_they_have_and_queues_the_study_again_once(
    tmp_path: Path,
) -> None:
    saving = f"""
import os, pathlib, signal, sys, time
from plion.system import slurm
def save(*_):
    time.sleep(0.5)
    pathlib.Path({str(tmp_path)!r}, f"{{os.getpid()}}.saved").touch()
    slurm.requeue()
    sys.exit(143)
signal.signal(signal.SIGTERM, save)
pathlib.Path({str(tmp_path)!r}, f"{{os.getpid()}}.begun").touch()
time.sleep(600)
"""
    program = f"""
import pathlib, sys
from plion.studies import workers
workers._PATIENCE = 0.1
command = (sys.executable, "-c", {saving!r})
jobs = [workers.Job(name, command, pathlib.Path({str(tmp_path)!r}, name, "log")) for name in "ab"]
workers.run_all(jobs, 2, lambda *_: print("a job has ended by itself"))
"""
    asked, parent = in_slurm(program, tmp_path)
    wait_for(lambda: len(list(tmp_path.glob("*.begun"))) == 2)
    os.kill(parent.pid, signal.SIGUSR1)
    said, _ = parent.communicate(timeout=PATIENCE)
    assert (parent.returncode, said) == (128 + signal.SIGUSR1, b"")
    *saved, line = asked.read_text().splitlines()
    assert len(saved) == 2 and line == "requeue 12"


@pytest.mark.skipif(sys.platform != "linux", reason="SLURM's machines are")
def test_study_is_queued_again_also_where_a_job_does_not_end_in_time(tmp_path: Path) -> None:
    deaf = f"""
import pathlib, signal, time
folder = pathlib.Path({str(tmp_path)!r})
signal.signal(signal.SIGTERM, lambda *_: (folder / "a.saved").touch())
(folder / "begun").touch()
while True:
    time.sleep(1)
"""
    program = f"""
import pathlib, sys
from plion.studies import workers
workers._PATIENCE = 0.1
command = (sys.executable, "-c", {deaf!r})
workers.run_all([workers.Job("a", command, pathlib.Path({str(tmp_path / "log")!r}))], 1, print)
"""
    asked, parent = in_slurm(program, tmp_path)
    wait_for((tmp_path / "begun").exists)
    os.kill(parent.pid, signal.SIGUSR1)
    wait_for((tmp_path / "a.saved").exists)
    os.kill(parent.pid, signal.SIGTERM)  # from now on SLURM waits for half a minute
    assert parent.wait(PATIENCE) == 128 + signal.SIGTERM
    assert asked.read_text().splitlines()[-1] == "requeue 12"
