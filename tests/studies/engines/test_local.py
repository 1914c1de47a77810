"""Local workers: how many at once, on which devices, and what of a job or a worker that fails."""

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from faked import ended, install, job, run, wait_for

from plion.errors import Failed
from plion.studies.engines import process
from plion.studies.engines.engine import REFUSED
from plion.studies.engines.local import Local
from plion.studies.engines.process import WorkerProcess
from plion.training import serving

WAITS = "import time\nlog.touch()\ntime.sleep(600)"
TOLD = "import os; log.write_text(f'{os.getpid()} ' + os.environ['PLION_PLACE'] + ' '"
TOLD += " + os.environ.get('CUDA_VISIBLE_DEVICES', 'none') + ' ' + os.environ['OMP_NUM_THREADS'])"


@pytest.fixture(autouse=True)
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that train nothing, on a machine without GPUs."""
    install(monkeypatch.setattr)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")


def test_one_worker_runs_all_jobs_and_each_has_its_outcome(tmp_path: Path) -> None:
    who = "import os; log.write_text(str(os.getpid()))\n"
    jobs = [
        job(tmp_path, "good", who),
        job(tmp_path, "refused", who + "status, told = 2, 'a wrong setting'"),
        job(tmp_path, "after", who),
    ]
    with Local(1) as engine:
        found = run(engine, jobs)
    assert {name: (one.status, one.told) for name, one in found.items()} == {
        "good": (0, ""),
        "refused": (2, "a wrong setting"),
        "after": (0, ""),
    }
    assert len({one.log.read_text() for one in jobs}) == 1


@pytest.mark.parametrize(
    ("program", "status", "told"),
    [
        ("import os; os.kill(os.getpid(), 9)", -signal.SIGKILL, "SIGKILL (out of memory?)"),
        ("import os; os._exit(7)", 7, "status 7"),
        ("status, told = 1, 'a bug'", 1, "a bug"),
    ],
)
def test_worker_is_replaced_after_a_job_that_may_have_broken_it(
    tmp_path: Path, program: str, status: int, told: str
) -> None:
    who = "import os; log.write_text(str(os.getpid()))\n"
    jobs = [job(tmp_path, name, who + code) for name, code in
            (("first", ""), ("bad", program), ("next", ""))]  # fmt: skip
    with Local(1) as engine:
        found = run(engine, jobs)
    assert found["bad"].status == status and told in found["bad"].told
    assert found["next"].status == 0
    first, bad, after = (one.log.read_text() for one in jobs)
    assert first == bad != after


def test_so_many_run_side_by_side_and_no_more(tmp_path: Path) -> None:
    # Each waits until another is there with it; with one at a time it would wait for ever.
    program = f"""
import pathlib, time
folder, me = pathlib.Path({str(tmp_path)!r}), log.with_suffix(".here")
me.touch()
end = time.monotonic() + 30
while len(seen := list(folder.glob("*/*.here"))) < 2 and time.monotonic() < end:
    time.sleep(0.01)
told = str(len(seen))
time.sleep(0.3)
me.unlink()
"""
    with Local(2) as engine:
        found = run(engine, [job(tmp_path, name, program) for name in "abcd"])
    assert [one.told for one in found.values()] == ["2"] * 4


def test_a_worker_that_cannot_start_ends_the_study_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = "raise ImportError('libtorch.so is missing')"
    monkeypatch.setattr(process, "_ENTRY", (sys.executable, "-c", broken))
    sentence = "worker processes cannot start: ImportError: libtorch.so is missing"
    with Local(1) as engine, pytest.raises(Failed, match=sentence):
        run(engine, [job(tmp_path, "a", "")])


def test_cancelled_jobs_end_and_their_workers_go_on(tmp_path: Path) -> None:
    runs, waits = job(tmp_path, "runs", WAITS), job(tmp_path, "waits", "")
    with Local(1) as engine:
        engine.submit(runs)
        engine.submit(waits)
        wait_for(runs.log.exists)
        worker = engine._places[0].worker
        engine.cancel(waits)
        engine.cancel(runs)
        engine.cancel(runs)
        assert [(one.job, one.status, one.told) for one in ended(engine, 2)] == [
            (waits, 143, "cancelled"),
            (runs, 143, "cancelled"),
        ]
        assert run(engine, [job(tmp_path, "next", "")])["next"].status == 0
        assert engine._places[0].worker is worker


def test_a_job_that_is_cancelled_before_it_begins_does_not_begin(tmp_path: Path) -> None:
    worker = WorkerProcess({})
    for number in range(20):  # the first is cancelled while the process still starts
        one = job(tmp_path, str(number), "import time; time.sleep(1); log.touch()")
        worker.run(one)
        worker.cancel()
        while (found := worker.poll()) is None:
            time.sleep(0.001)
        assert (found.status, one.log.exists()) == (143, False)
    worker.terminate()
    worker.wait(30)
    worker.close()


@pytest.mark.parametrize("stopped", [WorkerProcess.terminate, WorkerProcess.close])
def test_a_worker_that_shall_end_begins_no_further_job(
    tmp_path: Path, stopped: Callable[[WorkerProcess], None]
) -> None:
    one = job(tmp_path, "a", "import time; time.sleep(1); log.touch()")
    for delay in range(10):
        worker = WorkerProcess({})
        worker.run(one)
        time.sleep(0.03 * delay)
        stopped(worker)
        worker.wait(30)
        worker.close()
    time.sleep(0.1)
    assert not one.log.exists()


def test_cancelling_a_job_as_it_ends_harms_neither_it_nor_the_next(tmp_path: Path) -> None:
    worker = WorkerProcess({})
    for number in range(40):
        one = job(tmp_path, str(number), f"import time; time.sleep({0.0005 * (number % 7)})")
        worker.run(one)
        time.sleep(0.0003 * (number % 5))
        worker.cancel()
        while (found := worker.poll()) is None:
            time.sleep(0.001)
        assert found.status in (0, 143), found
    worker.terminate()
    worker.wait(30)
    worker.close()


def test_workers_are_replaced_after_many_cells_or_much_growth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = "import os; log.write_text(str(os.getpid()))\n"
    setting = "import plion.training.serving as s\n"
    few = [job(tmp_path, f"few-{n}", who + setting + "s._CELLS = 2") for n in range(4)]
    with Local(1) as engine:
        run(engine, few)
    first, second, third, fourth = (one.log.read_text() for one in few)
    assert first == second != third == fourth
    assert serving._GROWTH > 2**30
    grows = "s._GROWTH = 2**20\ns.kept = getattr(s, 'kept', []) + [bytearray(os.urandom(2**22))]"
    grown = [job(tmp_path, f"grown-{n}", who + setting + grows) for n in range(3)]
    with Local(1) as engine:
        run(engine, grown)
    first, second, third = (one.log.read_text() for one in grown)
    assert first == second != third


def smi(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Puts an `nvidia-smi` first on the path that prints this."""
    (folder / "nvidia-smi").write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\n")
    (folder / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")


def test_each_worker_keeps_a_device_and_its_share_of_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    smi(tmp_path, monkeypatch, "GPU 0: H200 (UUID: GPU-a)\nGPU 1: H200 (UUID: GPU-b)")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)), raising=False)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    jobs = [job(tmp_path, f"{n}", TOLD + "; import time; time.sleep(0.2)") for n in range(9)]
    with Local(3) as engine:
        assert engine.devices(jobs[0]) == ["cuda 0", "cuda 1", "cuda 0"]
        run(engine, jobs)
    seen = {tuple(one.log.read_text().split(" ", 1)) for one in jobs}
    assert sorted(text for _, text in seen) == [
        "cuda 0 GPU-a 5",
        "cuda 0 GPU-a 5",
        "cuda 1 GPU-b 5",
    ]


@pytest.mark.parametrize(
    ("given", "named"),
    [("3, 5", ["cuda 0", "cuda 1"]), ("4,-1,5", ["cuda 0"] * 2), ("", ["cpu 0", "cpu 1"])],
)
def test_devices_are_those_that_the_user_left_visible(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, named: list[str]
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", given)
    assert Local(2).devices(job(tmp_path, "a", "")) == named


def test_parts_of_a_divided_gpu_are_devices_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = (
        "GPU 0: NVIDIA A100 (UUID: GPU-a)\n"
        "  MIG 3g.20gb     Device  0: (UUID: MIG-1)\n"
        "  MIG 3g.20gb     Device  1: (UUID: MIG-2)\n"
        "GPU 1: NVIDIA A100 (UUID: GPU-b)"
    )
    smi(tmp_path, monkeypatch, listed)
    assert [one.cuda for one in Local(1)._devices] == ["MIG-1", "MIG-2", "GPU-b"]


def test_a_job_of_several_devices_waits_for_them_and_then_has_them_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1,2")
    line = f"open({str(tmp_path / 'order')!r}, 'a').write"
    program = f"""
import os, time
{line}(f"begin NAME {{os.environ['CUDA_VISIBLE_DEVICES']}}\\n")
time.sleep(0.3)
{line}("end NAME\\n")
"""
    jobs = [
        job(tmp_path, name, program.replace("NAME", name), devices)
        for name, devices in (("a", 1), ("b", 1), ("wide", 3), ("c", 1), ("too-wide", 4))
    ]
    with Local(2) as engine:
        found = run(engine, jobs)
    lines = (tmp_path / "order").read_text().splitlines()
    wide = lines.index("begin wide 0,1,2")
    assert {one.split()[1] for one in lines[:wide]} == {"a", "b"}  # it was not overtaken
    assert lines[wide + 1] == "end wide" and lines[wide + 2].startswith("begin c")
    assert found["too-wide"].status == REFUSED
    assert found["too-wide"].told == "it needs 4 devices, and this machine has 3"


@pytest.mark.parametrize(
    ("visible", "workers", "wanted", "places"),
    [
        ("0,1,2,3,4", 4, 2, ["cuda 0 + cuda 1", "cuda 2 + cuda 3"]),
        ("0,1,2,3", 1, 2, ["cuda 0 + cuda 1"]),
        ("0,1", 2, 3, ["cuda 0 + cuda 1"]),  # where it is refused
        ("", 4, 2, ["cpu 0 + cpu 1", "cpu 2 + cpu 3"]),
        ("", 1, 2, ["cpu 0"]),  # both ranks
    ],
)
def test_jobs_of_several_devices_have_as_many_places_as_run_at_once(
    visible: str,
    workers: int,
    wanted: int,
    places: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert Local(workers).devices(job(tmp_path, "wide", "", wanted)) == places


def test_a_job_of_several_ranks_on_the_processor_needs_no_gpus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    one = replace(job(tmp_path, "a", "", devices=2), on_cpu=True)
    with Local(1) as engine:
        assert run(engine, [one])["a"].status == 0


def test_reports_of_a_job_come_before_it_is_forgotten(tmp_path: Path) -> None:
    line = '{"step": 1, "steps": 1, "held": 1, "hours": 0.1, "seconds": 2.0, "error": 50.0}\\n'
    write = f"(log.parent / 'reports.jsonl').write_text('{line}')"
    with Local(1) as engine:
        run(engine, [job(tmp_path, "a", write)])
        (one,) = engine.reports()
        assert (one.job.name, one.report.error) == ("a", 50.0)
        assert not engine.reports()


def test_stuck_workers_are_killed_when_the_patience_is_over(tmp_path: Path) -> None:
    deaf = "import signal, time\nsignal.signal(15, signal.SIG_IGN)\n" + WAITS
    one = job(tmp_path, "deaf", deaf)
    start: Callable[[], float] = time.monotonic
    with Local(1) as engine:
        engine.patience = 0.2
        engine.submit(one)
        wait_for(one.log.exists)
        worker = engine._places[0].worker
        assert worker
        since = start()
    assert worker.ended and start() - since < 20
