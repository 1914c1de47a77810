"""The worker that a Ray process keeps: warm for the next task, and gone when none comes."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from faked import alive, install, job, wait_for

from plion.studies.engines.process import WorkerProcess
from plion.studies.engines.ray.warm import Warm


class Timer:
    """Stands for `threading.Timer`: runs out when a test says so."""

    started: list["Timer"] = []

    def __init__(self, _: float, function: Callable[..., None], args: Sequence[int]) -> None:
        self.run_out = lambda: function(*args)

    def start(self) -> None:
        Timer.started.append(self)


@pytest.fixture(autouse=True)
def timers(monkeypatch: pytest.MonkeyPatch) -> list[Timer]:
    install(monkeypatch.setattr)
    monkeypatch.setattr(threading, "Timer", Timer)
    monkeypatch.setattr(Timer, "started", [])
    return Timer.started


def run(worker: WorkerProcess, folder: Path, name: str) -> int:
    """Runs a job to its end; returns the process that ran it."""
    one = job(folder, name, "import os; log.write_text(str(os.getpid()))")
    worker.run(one)
    wait_for(lambda: worker.poll() is not None)
    return int(one.log.read_text())


def test_a_worker_that_no_job_came_for_ends(tmp_path: Path, timers: list[Timer]) -> None:
    warm = Warm(5)
    first = run(warm.take({}), tmp_path, "a")
    warm.release()
    assert alive(first)
    timers[0].run_out()
    assert not alive(first)
    assert run(warm.take({}), tmp_path, "b") != first  # the next task has a new one
    warm.release()
    timers[1].run_out()


def test_a_worker_stays_for_the_next_job(tmp_path: Path, timers: list[Timer]) -> None:
    warm = Warm(5)
    first = run(warm.take({}), tmp_path, "a")
    warm.release()
    worker = warm.take({})
    timers[0].run_out()  # too late: it has been taken
    assert run(worker, tmp_path, "b") == first and alive(first)
    warm.release()
    timers[1].run_out()
    assert not alive(first)


def test_a_worker_ends_before_one_with_other_devices_begins(
    tmp_path: Path, timers: list[Timer]
) -> None:
    warm = Warm(5)
    first = run(warm.take({"CUDA_VISIBLE_DEVICES": "0"}), tmp_path, "a")
    warm.release()
    worker = warm.take({"CUDA_VISIBLE_DEVICES": "1"})
    assert not alive(first) and run(worker, tmp_path, "b") != first
    warm.release()
    timers[1].run_out()
