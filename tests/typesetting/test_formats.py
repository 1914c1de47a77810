import csv
from dataclasses import replace

from plion.typesetting.formats import comma_separated, typeset
from plion.typesetting.table import Group, Table

TABLE = Table(
    title="Rates",
    header=["run", "aishell1", "commonvoice_zh"],
    rows=[["base", "1.00", "20.50"], ["a_b, c", "", "3.25"]],
    notes=["5 % of it."],
)


def test_table_has_title_rows_and_notes():
    lines = typeset([TABLE]).splitlines()
    assert lines[0] == "Rates"
    assert lines[-1] == "5 % of it."
    assert [line.split() for line in lines if "base" in line] == [["base", "1.00", "20.50"]]


def test_figures_are_printed_digit_by_digit_as_given():
    assert "20.50" in typeset([TABLE]) and "3.25" in typeset([TABLE])


def test_headers_have_no_more_lines_than_their_column_needs():
    name = "interval over test utterances, one seed"
    table = Table("t", ["on", name], [["nsc", "[+0.33, +5.11]"], ["macro", ""]])
    header = typeset([table]).splitlines()[1:5]
    lines = ["interval over", "test", "utterances,", "one seed"]
    assert [line.removeprefix("on").strip() for line in header] == lines
    assert name in typeset([table], "csv") and name in typeset([table], "md")


def test_headers_break_where_they_can():
    header = typeset([TABLE]).splitlines()[1:3]
    assert [line.split() for line in header] == [["run", "aishell1", "commonvoice"], ["_zh"]]


def test_csv_has_title_and_notes_as_comments():
    one, other = typeset([TABLE, TABLE], "csv").strip().split("\n\n")
    title, *lines, note = one.splitlines()
    assert (title, note) == ("# Rates", "# 5 % of it.")
    assert list(csv.reader(lines)) == [TABLE.header, *TABLE.rows]
    assert one == other


def test_markdown_is_a_pipe_table():
    lines = typeset([TABLE], "md").splitlines()
    assert lines[0] == "**Rates**"
    assert [cell.strip() for cell in lines[2].strip("|").split("|")] == TABLE.header
    assert lines[-2:] == ["", "5 % of it."]


def test_groups_are_words_under_a_pipe_table_and_bold_is_marked():
    table = replace(
        TABLE, groups=[Group("", 1), Group("Chinese, CER", 2)], bold=frozenset({(0, 1)})
    )
    text = typeset([table], "md")
    assert "| **1.00** |" in text
    assert "Chinese, CER: aishell1, commonvoice_zh." in text.splitlines()


def test_columns_of_words_stand_left_and_in_every_part_of_a_wide_table():
    keys = [f"benchmark{number:02d}" for number in range(20)]
    table = Table("Wide", ["run", "class", *keys], [["a", "both", *["1.00"] * 20]], words=2)
    lines = typeset([table]).splitlines()
    assert [line.split()[:2] for line in lines if line.startswith("a ")] == [["a", "both"]] * 2


def test_comma_separated_fields_are_quoted_and_none_is_empty():
    text = comma_separated(["a", "b"], [["x, y", None], [1, 2.5]])
    assert text == 'a,b\n"x, y",\n1,2.5\n'
