"""`plion ablate`, `sweep` and `results` as they are asked for."""

from pathlib import Path

import pytest
from asking import SG12, imported, refused

from plion.cli.main import main
from plion.results.request import TABLES


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["results", "a", "--format", "pdf"], "invalid choice: 'pdf'"),
        (["results", "a", "--by", "gender"], "invalid choice: 'gender'"),
        (["results", "a", "--by", "class", "--compare", "x"], "not allowed with argument --by"),
        (["ablate", "gone.yaml"], "gone.yaml: no such file"),
        (["results", "gone"], "gone"),
        (["watch", "gone"], "gone is not the folder of a study"),
        (["ablate", SG12, "--max-hours", "soon"], "invalid float value: 'soon'"),
        (["ablate", SG12, "--max-hours", "-1"], "--max-hours must be above 0, not -1"),
        (["ablate", SG12, "--max-hours", "nan", "--status"], "--max-hours must be above 0, not n"),
        (["ablate", SG12, "--max-cost", "-1", "--dry-run"], "--max-cost must be above 0, not -1"),
        (["ablate", SG12, "--workers", "0", "--status"], "--workers must be 1 or more, not 0"),
        (["ablate", SG12, "--dry-run", "--status"], "not allowed with argument --"),
        (
            ["ablate", SG12, "--engine", "ray", "--map", "data=a", "--map", "data=b"],
            "--map gives data twice: a and b",
        ),
    ],
)
def test_a_study_that_cannot_be_read_is_status_2_and_one_line(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sentence in refused(arguments, capsys)


@pytest.mark.parametrize(
    "arguments",
    [
        ("ablate", SG12, "--dry-run", "ablation.seeds=[0]"),
        ("watch", "GRID", "--json"),
        ("results", "GRID"),
        ("results", "GRID", "--compare", "sampler", "--intersect"),
        ("results", "GRID", "--plot", "GRID/figures"),
    ],
)
def test_what_reads_studies_does_not_import_torch(arguments: tuple[str, ...], grid: Path) -> None:
    status, modules = imported(*(word.replace("GRID", str(grid)) for word in arguments))
    assert status == 0 and not modules & {"torch", "lightning", "transformers"}


def test_results_are_drawn_where_asked_and_say_the_command(
    grid: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["results", str(grid), "--format", "tex", "--plot", str(tmp_path / "figures")]
    monkeypatch.setattr("sys.argv", ["plion", *words])
    assert main(words) == 0
    command = f"plion {' '.join(words)}"
    assert capsys.readouterr().out.splitlines()[-1] == f"% {command}"
    assert command in (tmp_path / "figures" / "captions.md").read_text(encoding="utf-8")


def test_folder_for_figures_that_cannot_be_is_told_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["results", "nowhere", "--plot", str(tmp_path / "gone" / "figures")]) == 2
    assert "cannot be written to: No such file or directory" in capsys.readouterr().err


def test_tables_alone_do_not_wait_for_matplotlib(grid: Path) -> None:
    status, modules = imported("results", str(grid))
    assert status == 0 and "matplotlib" not in modules


def test_the_help_of_results_names_every_table(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["results", "--help"])
    told = (
        capsys.readouterr()
        .out.split("--tables NAMES")[-1]
        .replace(",", " ")
        .replace(";", " ")
        .split()
    )
    assert {*TABLES} <= {*told}
