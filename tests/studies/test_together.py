"""Several drivers at once: runs that they share are run once, and each tells the truth."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ablated import calls, record

from plion.runs.claims import alone
from plion.runs.folder import RunFolder
from plion.studies.ablation import ablate
from plion.studies.driving import driver
from plion.studies.engines.choice import Choice
from plion.studies.todo import Wishes

DRIVER = """
import sys
from plion.studies.driving import driver
from plion.studies.ablation import ablate
from plion.studies.engines import process
driver._ASK = 0.2
process._ENTRY = (sys.executable, "worker.py")
sys.exit(ablate(sys.argv[1]))
"""


def drivers(*files: str) -> list[tuple[int, str]]:
    """Status and output of a driver for each file, all at the same time."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", DRIVER, file],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=dict(os.environ),
        )
        for file in files
    ]
    return [(one.communicate(timeout=240)[0], one.returncode)[::-1] for one in running]


def test_two_drivers_of_a_study_share_its_runs(study: Path) -> None:
    Path("seconds").write_text("0.3")
    study.write_text(study.read_text().replace("seeds: [0]", "seeds: [0, 1]"))
    ends = drivers("study.yaml", "study.yaml")
    assert ends == [(0, "study: 5 of 5 runs done, runs/study\n")] * 2
    assert len(calls()) == 5 and set(calls().values()) == {1}


def test_two_studies_share_the_runs_that_they_have_in_common(study: Path) -> None:
    Path("seconds").write_text("0.3")
    text = study.read_text()
    Path("other.yaml").write_text(text.replace("[proportional, balanced]", "[balanced, uniform]"))
    (status, told), (other, said) = drivers("study.yaml", "other.yaml")
    assert (status, other) == (0, 0) and "3 of 3" in told and "3 of 3" in said
    theirs = json.loads(Path("runs/other/ablation.json").read_text())
    shared = {cell["folder"] for cell in theirs["cells"]} & {c["folder"] for c in record()["cells"]}
    assert len(shared) == 1 and sum(calls().values()) == 4


def test_a_run_that_is_held_is_waited_for_while_others_run(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "_ASK", 0.1)
    ablate(study)
    cells = [RunFolder(Path("runs") / cell["folder"]) for cell in record()["cells"]]
    for cell in cells:
        cell.write(status="running")
    held = alone(cells[0].path)
    held.__enter__()
    free = [False]

    def look() -> None:
        if not free[0] and calls()["study-balanced-s0"] == 2:  # the other one was run meanwhile
            free[0] = True
            held.__exit__(None, None, None)

    monkeypatch.setattr("plion.studies.watching.progress.Progress.idle", lambda _: look())
    assert ablate(study) == 0 and free == [True]
    assert calls()["study-proportional-s0"] == 2


def test_what_failed_in_an_earlier_call_is_named_and_left(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("fail").write_text("yes")
    assert ablate(study) == 1
    Path("fail").write_text("no")
    capsys.readouterr()
    assert ablate(study) == 1
    printed = capsys.readouterr().out
    assert re.search(r"failed earlier: study-balanced-s0, .*: out of memory \(--retry-f", printed)
    assert ablate(study, wishes=Wishes(retry_failed=True)) == 0
    assert calls()["study-balanced-s0"] == 2


def test_what_was_refused_in_an_earlier_call_is_run_again(study: Path) -> None:
    Path("fail").write_text("yes")
    ablate(study)
    Path("fail").write_text("no")
    failed = RunFolder(Path("runs") / record()["cells"][1]["folder"])
    assert failed.read().refused is False
    failed.write(refused=True)
    assert ablate(study) == 0


def test_a_failed_cell_is_run_again_as_often_as_the_file_says(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("fail").write_text("yes")
    study.write_text(study.read_text() + "retries: 2\n")
    assert ablate(study) == 1
    assert calls()["study-balanced-s0"] == 3 and calls()["study-proportional-s0"] == 1
    assert capsys.readouterr().err.count("study-balanced-s0 FAILED (out of memory), will be") == 2


def test_only_the_cells_asked_for_are_run(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ablate(study, wishes=Wishes(only=["sampler.name=balanced"])) == 0
    assert set(calls()) == {"base", "study-balanced-s0"} and len(record()["cells"]) == 2
    assert "2 of 2 runs with sampler.name=balanced done" in capsys.readouterr().out


def test_a_limit_leaves_the_rest_and_says_so(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ablate(study, wishes=Wishes(max_hours=1e-9)) == 1
    printed = capsys.readouterr().out
    assert "0 of 3 runs done" in printed and "stopped at --max-hours 1e-09" in printed


def test_a_cell_that_cannot_run_is_told_before_any_is_started(study: Path) -> None:
    study.write_text(study.read_text().replace("axes: {", "axes: {batch.seconds: [240, 0.6], "))
    with pytest.raises(Exception, match="study-0.6-proportional-s0 cannot run, nothing is started"):
        ablate(study)
    assert not Path("runs").exists()


def test_a_full_disk_at_the_driver_is_one_sentence(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("plion.studies.driving.jobs.atomic_write", full)
    with pytest.raises(Exception, match="no space left on the disk while writing runs/study"):
        ablate(study, engine=Choice(workers=2))
