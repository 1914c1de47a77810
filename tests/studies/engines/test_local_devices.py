"""Local workers and devices: who has which, and jobs that need several."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from faked import install, job, run

from plion.studies.engines.engine import REFUSED
from plion.studies.engines.local import Local

WAITS = "import time\nlog.touch()\ntime.sleep(600)"
TOLD = "import os; log.write_text(f'{os.getpid()} ' + os.environ['PLION_PLACE'] + ' '"
TOLD += " + os.environ.get('CUDA_VISIBLE_DEVICES', 'none') + ' ' + os.environ['OMP_NUM_THREADS'])"


@pytest.fixture(autouse=True)
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that train nothing, on a machine without GPUs."""
    install(monkeypatch.setattr)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")


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
