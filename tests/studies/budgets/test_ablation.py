"""`plion ablate` with budgets, and a training that only notes that it ran."""

from pathlib import Path

import pytest
from ablated import calls, record

from plion.errors import InputError
from plion.runs.folder import RunFolder
from plion.studies.ablation import ablate
from plion.studies.engines.choice import Choice
from plion.studies.todo import Wishes

OPTIM = ("optim.schedule=wsd", "optim.warmup_amount=2.5")


@pytest.fixture
def several(study: Path) -> Path:
    """The study at three budgets."""
    study.write_text(study.read_text().replace(", amount: 40", "") + "budgets: [5, 10, 40]\n")
    return study


def test_branches_start_when_their_trunks_have_ended(
    several: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ablate(several, OPTIM, Choice(workers=2)) == 0
    assert len(calls()) == 7 and set(calls().values()) == {1}
    begun = {path.parent.name: path.stat().st_mtime_ns for path in Path("runs").glob("*/calls")}
    trunks = [one for name, one in begun.items() if "-40-" in name]
    branches = [one for name, one in begun.items() if "-5-" in name or "-10-" in name]
    assert len(trunks) == 2 and len(branches) == 4
    assert max(trunks) < min(branches)
    assert [cell["amount"] for cell in record()["cells"]] == [5, 10, 40] * 2
    trunk = next(Path("runs").glob("study-balanced-40-s0-*"))
    assert "branches:\n  - 5.0\n  - 10.0\n" in RunFolder(trunk).config.read_text()
    # These trainings have kept no checkpoints.
    assert "4 trained from the beginning" in capsys.readouterr().err


def test_branches_of_a_trunk_that_failed_are_not_started(
    several: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("fail").write_text("yes")
    for _ in range(2):  # the second call leaves the trunk failed
        assert ablate(several, OPTIM) == 1
        assert {name for name in calls() if "balanced" in name} == {"study-balanced-40-s0"}
        assert len(calls()) == 5
        assert "left: study-balanced-5-s0" in capsys.readouterr().out
    Path("fail").write_text("no")
    assert ablate(several, OPTIM, wishes=Wishes(retry_failed=True)) == 0


def test_a_branch_asked_for_alone_is_run_without_its_trunk(several: Path) -> None:
    assert ablate(several, OPTIM, wishes=Wishes(only=["budget=10"])) == 0
    assert set(calls()) == {"base", "study-proportional-10-s0", "study-balanced-10-s0"}


def test_the_preview_says_what_is_saved(several: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ablate(several, OPTIM, dry_run=True) == 0
    printed = capsys.readouterr().out
    assert "every cell is held to its budget in utterances" in printed
    assert "4 of the runs branch off 2 others where their decays begin" in printed


def test_slurm_waits_for_no_trunk(several: Path) -> None:
    with pytest.raises(InputError, match="start Ray on an allocation and give --engine ray"):
        ablate(several, OPTIM, Choice("slurm"))
    assert not list(Path().glob("runs/*"))
