"""What `plion ablate` tells: --dry-run, --status and progress."""

from pathlib import Path

import pytest
from ablated import record, states

from plion.runs.folder import RunFolder
from plion.studies.ablation import ablate


def test_progress_tells_what_is_done_and_what_is_left(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ablate(study)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "3 runs to do, 0 done or shared"
    assert lines[-1].startswith("[3/3] study-balanced-s0 done") and "about 0 s left" in lines[-1]


def test_a_dry_run_lists_the_cells_and_starts_nothing(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ablate(study, dry_run=True) == 0
    printed = capsys.readouterr().out
    row = next(line for line in printed.splitlines() if "study-balanced-s0" in line)
    assert row.split()[1:5] == ["0.01", "40", "120", "2"]  # a tag, a word and an end each
    weights = printed.partition("share of the supervised tokens, in percent\n")[2].splitlines()
    assert weights[0].split() == ["run", "ms"] and weights[3].split()[1:] == ["100.0"]
    assert "unknown until a run of this study has finished" in printed
    assert not Path("runs").exists()


def test_a_dry_run_has_time_and_cost_where_speed_and_price_are_known(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ablate(study)
    ablate(study, ["trainer.price_per_hour=360000"], dry_run=True)
    printed = capsys.readouterr().out
    row = next(line for line in printed.splitlines() if "study-balanced-s0" in line)
    assert float(row.split()[-1].replace(",", "")) > 0
    assert "time at 720.0 s of audio a second, measured in this study on cpu x86_64" in printed


def test_a_dry_run_without_data_counts_from_the_papers_sizes(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = study.read_text().replace("suite.yaml", "sg12").replace("amount: 40", "amount: 4000")
    study.write_text(text)
    assert ablate(study, ["model.name=no/model", "data.root=nowhere"], dry_run=True) == 0
    assert "counted from the sizes in the paper's Table 1" in capsys.readouterr().out


def test_the_status_tells_done_failed_running_and_missing(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("fail").write_text("yes")
    ablate(study)
    capsys.readouterr()
    ablate(study, status=True)
    assert states(capsys) == ["done", "done", "failed"]
    base, cell = (
        RunFolder(Path("runs") / run["folder"]) for run in (record()["base"], record()["cells"][0])
    )
    base.record.unlink()
    cell.write(status="running")
    ablate(study, status=True)
    assert states(capsys) == ["missing", "running", "failed"]


def test_the_status_tells_a_finished_run_whose_test_sets_are_left(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ablate(study)
    RunFolder(Path("runs") / record()["cells"][1]["folder"]).metrics.unlink()
    capsys.readouterr()
    ablate(study, status=True)
    assert states(capsys) == ["done", "done", "not evaluated"]


def test_the_status_is_0_when_all_is_done(study: Path) -> None:
    ablate(study)
    assert ablate(study, status=True) == 0


@pytest.mark.parametrize("status", ["failed", "running", None])
def test_the_status_is_1_while_anything_is_left(study: Path, status: str | None) -> None:
    ablate(study)
    run = RunFolder(Path("runs") / record()["cells"][0]["folder"])
    run.write(status=status) if status else run.record.unlink()
    assert ablate(study, status=True) == 1


def test_the_status_tells_a_run_that_is_to_be_decoded_forced_yet(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study.write_text(study.read_text().replace("axes: {", "axes: {tag.train: [none, condition], "))
    ablate(study)
    RunFolder(Path("runs") / record()["cells"][0]["folder"]).forced.metrics.unlink()
    capsys.readouterr()
    ablate(study, status=True)
    assert states(capsys) == ["done", "not evaluated", "done", "done", "done"]


def test_a_dry_run_warns_once_where_targets_and_scoring_disagree(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = Path("data/nsc/train.jsonl")
    rows.write_text(rows.read_text().replace('"text": "a"', '"text": "kura-kura"'))
    assert ablate(study, ["evaluate.profile=evalkit"], dry_run=True) == 0
    printed = capsys.readouterr().out
    assert printed.count("evaluate.profile=evalkit-2 disagree") == 1
    assert "ms 200.00 % (40 of 20)" in printed
    ablate(study, dry_run=True)
    assert "disagree" not in capsys.readouterr().out
