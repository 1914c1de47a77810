"""What `plion results` prints where it is asked for more than its tables, or for other formats."""

import json

import pytest
from printed import results, tables

from plion.errors import InputError


def test_breakdown_stands_in_place_of_the_tables(grid):
    [broken] = tables(results([grid], "csv", by="length")[0])
    assert broken[0][:2] == ["run", "length"]


def test_compare_prints_that_axis_alone(grid):
    [contrasts] = tables(results([grid], "csv", compare="sampler")[0])
    assert contrasts[0][:3] == ["contrast", "on", "difference"]
    assert [row[:3] for row in contrasts if row[1] == "macro"] == [
        ["balanced - proportional (at tag.train predict)", "macro", "-20.00"],
        ["balanced - proportional (at tag.train none)", "macro", "-40.00"],
    ]


@pytest.mark.parametrize("asked", [{"compare": "sampler"}, {"by": "length"}, {}])
@pytest.mark.parametrize("format", ["table", "csv"])
def test_profile_and_what_it_does_are_said_with_every_table(runs, asked, format):
    folders = [runs.write("p", 1), runs.write("b", 2)]
    for folder in folders:
        path = folder / "metrics.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "profile": "numbers-2"}))
    cells = {"p": {"sampler": "proportional"}, "b": {"sampler": "balanced"}}
    study = runs.ablation({"sampler": ["proportional", "balanced"]}, cells, base=None)
    said = " ".join(results([study], format, **asked)[0].split())
    assert "rofile numbers-2, suite mini12" in said
    assert "Digits are not read in Malay, for which it is strict-3." in said


def test_csv_has_titles_and_notes(grid):
    lines = results([grid], "csv", compare="sampler")[0].splitlines()
    assert lines[0] == "# mini: sampler against proportional, in points"
    assert "# Profile strict-3, suite mini12; errors: CER for zh, else WER." in lines


def test_breakdown_has_nothing_to_intersect(grid):
    with pytest.raises(InputError, match="applies to comparisons, not to --by"):
        results([grid], by="length", intersect=True)


def test_unknown_axis_names_the_nearest(grid):
    with pytest.raises(InputError, match=r"no axis 'samplr'.*did you mean 'sampler'"):
        results([grid], compare="samplr")


def test_published_rows_are_a_table_of_their_own_with_averages_made_anew(grid):
    *ours, paper, _ = tables(results([grid], "csv", with_paper=True)[0])
    assert ours == tables(results([grid], "csv")[0])
    rows = {row[0]: row for row in paper}
    assert rows["Qwen2.5-Omni-3B"][-6:] == [
        "172.41",
        "",
        "12/12",
        "151.22",
        "ta 386.11",
        "172.37",
    ]


def test_published_rows_are_marked_as_such(grid):
    assert "Published in arXiv 2603.16184" in results([grid], with_paper=True)[0]


def test_published_rows_come_only_when_asked_for(grid):
    assert "Polyglot-Lion" not in results([grid])[0]


def test_compared_axes_can_stand_beside_published_rows(grid):
    contrasts, paper, _ = tables(results([grid], "csv", compare="sampler", with_paper=True)[0])
    assert contrasts[0][0] == "contrast" and paper[0][0] == "system"


def test_best_is_marked_in_every_format_of_a_paper(runs):
    single = [runs.write("a", 2), runs.write("b", 0)]  # models as they are, not trained here
    assert tables(results(single, "csv")[0])[0][-1][1] == "0.00*"
    assert "# `*` after a figure: bold." in results(single, "csv")[0]
    assert "**0.00**" in results(single, "md")[0]
    assert r"\textbf{0.00}" in results(single, "tex")[0]


def test_languages_of_the_columns_are_said_in_markdown(grid):
    assert "English, WER: librispeech, nsc; Chinese, CER:" in results([grid], "md")[0]


def test_terminal_has_a_row_for_every_run(grid):
    assert "mini-balanced-none-s0 " in results([grid])[0]


@pytest.mark.parametrize(
    ("format", "last"),
    [
        ("table", "Made by: plion results x"),
        ("csv", "# plion results x"),
        ("md", "Made by: `plion results x`"),
        ("tex", "% plion results x"),
    ],
)
def test_tables_say_what_made_them(grid, format, last):
    text, _ = results([grid], format, command="plion results x")
    assert text.splitlines()[-1] == last
    tables = text.count("oprule") if format == "tex" else 1
    assert text.count(last) >= tables
    if format != "table":
        assert text.count(f"{last}\n\n") > 3  # under each table


def test_plotting_writes_figures_beside_the_tables(grid, tmp_path):
    (tmp_path / "figures").mkdir()
    text, _ = results([grid], plot=tmp_path / "figures", command="plion results x")
    assert text.startswith("mini: ")
    assert (tmp_path / "figures" / "mini-errors.pdf").is_file()


def test_single_runs_have_no_axis_to_compare_along(runs):
    with pytest.raises(InputError, match="single runs have no axes to compare along"):
        results([runs.write("a"), runs.write("b")], compare="sampler")
