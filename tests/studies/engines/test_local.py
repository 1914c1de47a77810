"""Local workers: how many at once, and what of a job or a worker that fails."""

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from faked import ended, install, job, run, wait_for

from plion.errors import Failed
from plion.studies.engines import process
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
