"""`plion doctor` as a whole."""

import pytest

from plion.cli.main import main
from plion.doctor.examine import examine
from plion.doctor.finding import Finding, lines
from plion.doctor.imports import Imported


def test_where_all_works_every_line_begins_with_how_it_stands(capsys: pytest.CaptureFixture[str]):
    assert main(["doctor"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[-1] == "Everything that training needs is installed and works."
    assert {line.split()[0] for line in printed[:-2]} <= {"ok", "missing"}
    assert any(line.startswith("ok       auto") for line in printed)


def test_what_training_cannot_do_without_is_status_1(monkeypatch: pytest.MonkeyPatch):
    broken = [Finding("torchaudio", "broken", "why", True), Finding("pandas", "missing", "for it")]
    monkeypatch.setattr("plion.doctor.examine.packages", lambda: (broken, Imported()))
    text, status = examine()
    assert status == 1
    assert text.endswith("Training will not work here: see torchaudio.")


def test_names_stand_in_a_column_and_what_steers_a_terminal_is_escaped():
    text = lines([Finding("a", "ok", "x"), Finding("long", "broken", "\x1b[31mred")])
    assert text == "ok       a     x\nbroken   long  \\x1b[31mred"
