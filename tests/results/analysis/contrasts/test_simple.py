"""Which cells are compared: where an axis has no label, combinations are left out, or variants."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from conftest import Runs

from plion.results.analysis.contrasts.simple import contrasts_along, simple_effects
from plion.results.analysis.effects import comparisons, effects
from plion.results.analysis.systems import systems
from plion.results.csv_rows import tidy, write_csv
from plion.results.plots.marks import marked
from plion.results.reading.collect import read_studies
from plion.results.reading.study import Study
from plion.results.rendering import render_studies
from plion.results.request import Request
from plion.typesetting.formats import Format

AXES = {"sampler": ["flat", "hot"], "T": ["2", "5"], "tag": ["named", "silent"]}
FLAT = [{"sampler": "flat", "tag": tag} for tag in AXES["tag"]]
HOT = [{"sampler": "hot", "T": T, "tag": tag} for T in AXES["T"] for tag in AXES["tag"]]


def study(runs: Runs, cells: list[Mapping[str, str]], variants: tuple[str, ...] = ()) -> Study:
    """A study of these cells, whose wrong tokens of five are 1, 2, 3 and so on, and their base."""
    named = {"-".join(labels.values()): labels for labels in cells}
    named |= {name: {"variant": name} for name in variants}
    runs.write("base", 5)
    for number, name in enumerate(named, 1):
        runs.write(name, number % 5)
    axes = {axis: list(dict.fromkeys(own[axis] for own in cells if axis in own)) for axis in AXES}
    met = {axis: labels for axis, labels in axes.items() if labels}
    return read_studies([runs.ablation(met, named, variants=variants)])[0]


@pytest.fixture
def conditional(runs: Runs) -> Study:
    """A sampler with a parameter, and one without, by two tags."""
    return study(runs, [*FLAT, *HOT])


def test_an_axis_is_compared_where_it_has_labels(conditional: Study) -> None:
    mains = simple_effects(conditional)
    assert [one.name for one in mains] == [
        "sampler: hot, T 2 - flat (at tag named)",
        "T: 5 - 2 (at sampler hot, tag named)",
        "tag: silent - named (at sampler flat)",
    ]
    assert mains[0].combinations == [[(FLAT[0], -1.0), (HOT[0], 1.0)]]
    assert mains[1].combinations == [[(HOT[0], -1.0), (HOT[2], 1.0)]]


def test_a_comparison_is_made_with_every_label_of_an_axis_that_the_first_lacks(
    conditional: Study,
) -> None:
    assert [one.name for one in contrasts_along(conditional, "sampler")] == [
        "sampler: hot, T 2 - flat (at tag named)",
        "sampler: hot, T 5 - flat (at tag named)",
        "sampler: hot, T 2 - flat (at tag silent)",
        "sampler: hot, T 5 - flat (at tag silent)",
    ]
    assert {one.on for one in comparisons(conditional, "T")} >= {"macro", "nsc"}


def test_a_label_that_was_left_out_at_the_reference_is_compared_where_it_is(runs: Runs) -> None:
    cells = [FLAT[0], FLAT[1], HOT[1]]
    made = study(runs, cells)
    assert [one.name for one in simple_effects(made)] == [
        "sampler: hot, T 2 - flat (at tag silent)",
        "tag: silent - named (at sampler flat)",
    ]


def test_the_reference_is_the_first_cell_if_its_own_was_left_out(runs: Runs) -> None:
    made = study(runs, [FLAT[1], HOT[0], HOT[1]])
    assert made.reference == FLAT[1]
    assert [one.name for one in simple_effects(made)] == [
        "sampler: hot, T 2 - flat (at tag silent)",
        "tag: named - silent (at sampler hot, T 2)",
    ]


def test_variants_are_compared_with_the_reference(runs: Runs) -> None:
    made = study(runs, FLAT, variants=("paper", "plain"))
    macro = {one.name: one.interval.estimate for one in effects(made) if one.on == "macro"}
    assert macro == {
        "tag: silent - named": pytest.approx(20),
        "variant: paper - flat, named": pytest.approx(40),
        "variant: plain - flat, named": pytest.approx(60),
    }
    assert [system.name for system in systems(made)][-2:] == ["paper", "plain"]
    text = render_studies([made], Request(compare="variant"))
    assert text.startswith("mini: variant against flat, named, in points") and "paper - fl" in text


def test_a_cell_without_a_label_has_an_empty_column(runs: Runs, tmp_path: Path) -> None:
    made = study(runs, [*FLAT, *HOT], variants=("paper",))
    rows = {row["run"]: row for row in tidy([made])}
    write_csv(list(rows.values()), tmp_path / "results.csv")
    lines = (tmp_path / "results.csv").read_text().splitlines()
    assert lines[0].startswith("ablation,run,status,seed,sampler,T,tag,variant,tag_decode")
    assert [line.split(",")[4:8] for line in lines[1:]] == [
        ["", "", "", ""],
        ["flat", "", "named", ""],
        ["flat", "", "silent", ""],
        *[["hot", T, tag, ""] for T in ("2", "5") for tag in ("named", "silent")],
        ["", "", "", "paper"],
    ]


def test_a_parameter_of_one_sampler_is_marked_with_it(runs: Runs) -> None:
    named = {"sampler.T" if axis == "T" else axis: labels for axis, labels in AXES.items()}
    cells = {"-".join(own.values()): own for own in [*FLAT, *HOT]}
    own = {
        name: {"sampler.T" if axis == "T" else axis: label for axis, label in labels.items()}
        for name, labels in cells.items()
    }
    for name in own:
        runs.write(name, 1)
    runs.write("paper", 1)
    folder = runs.ablation(
        named, {**own, "paper": {"variant": "paper"}}, base=None, variants=["paper"]
    )
    found = marked(read_studies([folder])[0])
    assert list(found.markers) == ["flat", "hot, 2", "hot, 5", "paper"]
    assert {panel: list(marks) for panel, marks in found.panels.items()} == {
        "tag named": ["flat", "hot, 2", "hot, 5"],
        "tag silent": ["flat", "hot, 2", "hot, 5"],
        "variants": ["paper"],
    }


def test_all_tables_are_made_of_such_a_study(runs: Runs) -> None:
    made = study(runs, [*FLAT, *HOT], variants=("paper",))
    forms: tuple[Format, ...] = ("table", "md", "tex", "csv")
    for form in forms:
        assert "variant: paper - flat, named" in render_studies([made], Request(form))
