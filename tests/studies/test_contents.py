"""Cells with the same content are planned once: `ablate --dry-run` of a large grid."""

import shutil
from pathlib import Path

import pytest

from plion.errors import InputError
from plion.planning.planned_run import mixture_plan
from plion.studies.ablation import ablate
from plion.studies.contents import planned_once
from plion.studies.design.grid import read_ablation

AXES = "axes: {sampler.name: [proportional, balanced]}\n"


@pytest.fixture
def wide(study: Path) -> Path:
    """Two samplers under two learning rates and three seeds."""
    axes = "axes: {sampler.name: [proportional, balanced], optim.lr: [1e-3, 2e-3]}\n"
    study.write_text(study.read_text().replace(AXES, axes).replace("[0]", "[0, 1, 2]"))
    return study


def test_cells_that_differ_in_seed_or_optimiser_alone_are_one_content(wide: Path) -> None:
    contents = list(planned_once(read_ablation(wide).cells))
    assert [len(own.cells) for own in contents] == [6, 6]
    assert [own.planned.exp.name for own in contents] == [
        "study-proportional-0.001-s0",
        "study-balanced-0.001-s0",
    ]


def test_a_content_has_the_plan_of_its_first_cell(wide: Path) -> None:
    for content in planned_once(read_ablation(wide).cells):
        alone = mixture_plan(content.cells[0].exp)
        assert content.planned.plan.totals == alone.plan.totals
        assert content.planned.plan.numbers.tolist() == alone.plan.numbers.tolist()


@pytest.mark.parametrize("axis", ["batch.seconds: [10, 20]", "tag.train: [none, absent]"])
def test_cells_that_are_fed_otherwise_are_planned_each(study: Path, axis: str) -> None:
    study.write_text(study.read_text().replace(AXES, f"axes: {{{axis}}}\n"))
    assert [len(own.cells) for own in planned_once(read_ablation(study).cells)] == [1, 1]


@pytest.mark.parametrize(
    ("axes", "alike"),
    [
        ("{what: {x: {optim.lr: 1e-3}, y: {optim.lr: 0.001}}}", ["study-x-s0 = study-y-s0"]),
        ("{what: {x: {}, y: {}, z: {optim.lr: 5}}}", ["study-x-s0 = study-y-s0"]),
        ("{trainer.log_every: [1, 2, 3]}", ["study-1-s0 = study-2-s0 = study-3-s0"]),
        ("{model.name: [model, other]}", []),
        ("{optim.lr: [1e-3, 2e-3]}", []),
    ],
)
def test_a_dry_run_names_cells_that_are_the_same_run(
    study: Path, axes: str, alike: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree("model", "other")
    study.write_text(study.read_text().replace(AXES, f"axes: {axes}\n"))
    assert ablate(study, dry_run=True) == 0
    told = "cells that are the same run, as they differ in no setting that counts: "
    lines = capsys.readouterr().out.splitlines()
    assert [line.removeprefix(told) for line in lines if line.startswith(told)] == alike


def test_a_cell_that_cannot_run_is_refused(study: Path) -> None:
    study.write_text(study.read_text().replace(AXES, "axes: {batch.seconds: [10, 0.5]}\n"))
    with pytest.raises(InputError, match="no utterance fits into a batch"):
        list(planned_once(read_ablation(study).cells))


def test_a_dry_run_says_how_many_cells_a_row_stands_for(
    wide: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ablate(wide, dry_run=True) == 0
    printed = capsys.readouterr().out
    assert printed.count("study-balanced-0.001-s0 x 6 ") == 2  # totals, and weights of languages
    assert "-s1" not in printed and "0.002" not in printed
    assert "12 cells; those that differ in seed or optimiser alone are counted once" in printed


def test_a_row_of_seeds_alone_says_so(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study.write_text(study.read_text().replace("[0]", "[0, 1]"))
    ablate(study, dry_run=True)
    assert "study-balanced-s0 x 2 seeds" in capsys.readouterr().out
