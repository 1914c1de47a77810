import re

import pytest

from plion.typesetting.latex import escaped, tex
from plion.typesetting.table import Group, Table

TABLE = Table(
    title="Rates of a_b, in %",
    header=["system", "nsc", "slr65", "n"],
    rows=[["base", "1.00", "2.00", "2/2"], ["[1] x & y", "0.50", "[-1.00, +2.00]†", "2/2"]],
    notes=["5 % of <3>."],
    groups=[Group("", 1), Group("English, WER", 1), Group("Tamil, WER", 1), Group("", 1)],
    bold=frozenset({(1, 1)}),
)


def between(text, begin, end):
    return text[text.index(begin) + len(begin) : text.index(end)].strip().splitlines()


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("50 % & #1 of $2", r"50 \% \& \#1 of \$2"),
        ("a_b {c} ~ ^", r"a\_b \{c\} \textasciitilde{} \textasciicircum{}"),
        ("\\", r"\textbackslash{}"),
        ("<0.001", r"\textless{}0.001"),
        ("1.00 ± 0.10†", r"1.00$_{\pm 0.10}$\textdagger{}"),
        ("means ± deviation", r"means $\pm$ deviation"),
        ("[-1.00, +2.00]", "[$-$1.00, $+$2.00]"),
        ("temperature-3, s0-1", "temperature-3, s0-1"),  # hyphens, not minuses
    ],
)
def test_words_are_printed_as_they_are(text, printed):
    assert escaped(text) == printed


def test_table_is_a_float_with_its_title_and_its_notes():
    lines = tex(TABLE).splitlines()
    assert lines[0] == r"\begin{table}[tp]" and lines[-1] == r"\end{table}"
    assert r"\caption{Rates of a\_b, in \%}" in lines
    assert r"5 \% of \textless{}3\textgreater{}.\par" in lines


def test_every_line_has_every_column():
    body = between(tex(TABLE), r"\midrule", r"\bottomrule")
    assert [len(re.findall(r"(?<!\\)&", line)) for line in body] == [3, 3]
    assert all(line.endswith(r"\\") for line in body)


def test_groups_span_their_columns_with_a_rule_under_each():
    spanning, rules, *_ = between(tex(TABLE), r"\toprule", r"\midrule")
    assert r"\multicolumn{1}{c}{English, WER} & \multicolumn{1}{c}{Tamil, WER}" in spanning
    assert rules == r"\cmidrule(lr){2-2}\cmidrule(lr){3-3}"


def test_bold_is_the_cell_that_is_marked():
    assert re.findall(r"\\textbf{[^}]*}", tex(TABLE)) == [r"\textbf{0.50}"]


def test_line_that_opens_with_a_bracket_is_no_option_of_the_break_before_it():
    assert r"{}[1] x \& y &" in tex(TABLE)


def test_braces_and_environments_are_closed():
    text = tex(TABLE)
    bare = re.sub(r"\\[{}]", "", text)
    assert bare.count("{") == bare.count("}")
    assert re.findall(r"\\begin{(.*?)}", text) == ["table", "tabular", "minipage"]
    assert re.findall(r"\\end{(.*?)}", text) == ["tabular", "minipage", "table"]


def test_wide_table_goes_across_both_columns_its_long_headers_upright():
    keys = [f"benchmark{number:02d}" for number in range(20)]
    text = tex(Table("Wide", ["run", *keys], [["a", *["1.00"] * 20]]))
    assert text.startswith(r"\begin{table*}") and text.endswith(r"\end{table*}")
    assert text.count(r"\rotatebox{90}{benchmark") == 20
    assert r"\rotatebox" not in tex(TABLE)


def test_columns_of_words_stand_left():
    table = Table("Two", ["run", "class", "rate"], [["a", "both", "1.00"]], words=2)
    assert r"\begin{tabular}{@{}llr@{}}" in tex(table)
