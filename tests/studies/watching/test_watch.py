"""What `plion watch` shows: a page, lines, or JSON."""

import io
import json
import time
from pathlib import Path

import pytest
from rich.console import Console
from watched import DONE, NAMES, Write, report, state

from plion.cli.main import main
from plion.errors import InputError
from plion.runs.reports import append_report
from plion.studies.watching.display import Display
from plion.studies.watching.page import Page, line
from plion.studies.watching.watch import watch


def test_the_json_of_a_study_is_its_state(
    study: Path, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write("grid-a-s0", **DONE)
    assert main(["watch", str(study), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["runs"], found["done"], found["study"]["name"]) == (5, 1, "grid")
    for name in NAMES:
        write(name, **DONE)
    assert main(["watch", str(study), "--json"]) == 0


def test_watching_ends_with_the_last_run(
    study: Path, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in NAMES[:4]:
        write(name, **DONE)
    write(NAMES[4], status="failed", error="x")
    assert watch(study) == 1
    told = "grid: 4 done, 0 running, 1 failed; cost 8.00 so far\n"
    assert capsys.readouterr().out == told


def test_the_page_shows_the_study_in_the_width_of_the_terminal(study: Path, write: Write) -> None:
    write("base", **DONE)
    write("grid-a-s1", status="failed", error="out of memory")
    append_report(write("grid-a-s0", status="running"), report(100, 36.0, 40.0, error=12.5))
    console = Console(width=80, height=24, file=io.StringIO(), record=True)
    console.print(Page(state(study, ("worker 0", "worker 1"))))
    lines = console.export_text().splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("grid") and lines[1].strip() == "Which one?"
    assert lines[2].endswith("1 of 5 runs")
    assert lines[3].strip() == "1 done, 1 running, 1 failed, 2 waiting"
    row = next(text for text in lines if text.startswith("worker 1")).split()
    assert row[2:] == ["0", "a-s0", "100/200", "1/2", "12.50", "100x", "40", "s"]
    assert any(text.split()[:3] == ["worker", "0", "0"] and "idle" in text for text in lines)
    assert any("a-s1" in text and "out of memory" in text for text in lines)


def test_a_line_says_the_same(study: Path, write: Write) -> None:
    append_report(write("grid-a-s0", status="running"), report(100, 36.0, 40.0))
    assert line(state(study)) == (
        "grid: 0 done, 1 running, 0 failed, 4 waiting; 100 s of audio a second; "
        "47.4 runs an hour; about 4.5 min left; cost 0.36 so far, about 2.68 to come"
    )


def test_no_terminal_gets_a_line_a_minute(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    stream = io.StringIO()
    with Display(stream) as display:
        for second in range(0, 150, 10):
            now[0] = float(second)
            if display.due:
                display.show(state(study))
    assert stream.getvalue().splitlines() == [line(state(study))] * 3


@pytest.mark.parametrize(
    ("text", "told"),
    [("nothing: 1\n", "is not the file of a study"), ("base: base.yaml\n", "has not begun")],
)
def test_a_file_whose_study_cannot_be_watched_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("base.yaml").write_text("seed: 1\n")
    Path("grid.yaml").write_text(text)
    with pytest.raises(InputError, match=told):
        watch("grid.yaml")


def test_a_study_is_found_by_its_file(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(study.parent.parent)
    Path("base.yaml").write_text("seed: 1\n")
    Path("grid.yaml").write_text("base: base.yaml\n")
    assert watch("grid.yaml", as_json=True) == 1
    assert json.loads(capsys.readouterr().out)["waiting"] == 5


def test_a_folder_without_a_study_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not the folder of a study"):
        watch(tmp_path)
