"""Rows of text files: whole ones, and those that a tab or a line break spoils."""

from pathlib import Path

import pytest
from layouts import lay

from plion.data.corpora.corpus import Entry, Omitted
from plion.data.corpora.lines import broken, each, fields, records, rows


def test_rows_of_fields_are_numbered_and_quotes_are_text(tmp_path: Path) -> None:
    tree = lay(tmp_path / "s", {"a.tsv": '\ufeffa\t"b\n\n \nc"\t\r\n\u2028\td'})
    assert list(fields(tree, "s/a.tsv", 2)) == [
        (1, ["a", '"b']),
        (4, ['c"', ""]),
        (5, ["\u2028", "d"]),
    ]
    assert [row[0] for row in fields(tree, "s/a.tsv", 2, after=1)] == [4, 5]


CUT = "a line break cuts this row, which ends in line"


@pytest.mark.parametrize(
    ("text", "told", "kept"),
    [
        ("1\ta\tx\n2\tb\tc\tx\n3\td\tx\n", "2: expected 3 fields between tabs, found 4", "13"),
        ("1\ta\tx\n2\tb\nc\tx\n3\td\tx\n", f"2: {CUT} 3", "13"),
        ("1\ta\tx\n2\tb\n\nc\nd\tx\n3\te\tx\n", f"2: {CUT} 5", "13"),
        ("1\ta\n2\tb\tx\n", "1: expected 3 fields between tabs, found 2", "2"),
        ("1\ta\tx\n2\tb", "2: expected 3 fields between tabs, found 2", "1"),
        ("1\ta\tx\nb\n3\td\tx", "2: expected 3 fields between tabs, found 1", "13"),
    ],
)
def test_a_row_of_other_fields_is_left_out_once_and_no_other(
    tmp_path: Path, text: str, told: str, kept: str
) -> None:
    found = list(fields(lay(tmp_path / "s", {"a.tsv": text}), "s/a.tsv", 3))
    (left,) = [row for row in found if isinstance(row, Omitted)]
    assert left.which.startswith(f"s/a.tsv:{told}") and left.broken
    assert [row[1][0] for row in found if not isinstance(row, Omitted)] == list(kept)


def test_lines_that_begin_no_row_go_on_with_the_one_before(tmp_path: Path) -> None:
    tree = lay(tmp_path / "s", {"a.txt": "x\n#1 a\n\n#2 b\nc\nd\n#3 e\n\n"})
    found = records(tree, "s/a.txt", lambda line: line.startswith("#"))
    assert [len(lines) for lines in found] == [1, 1, 3, 1]
    found = list(rows(tree, "s/a.txt", lambda line: line.startswith("#")))
    assert [row for row in found if not isinstance(row, Omitted)] == [
        (1, "x"),
        (2, "#1 a"),
        (7, "#3 e"),
    ]
    assert found[2].which == f"s/a.txt:4: {CUT} 6"


def test_a_row_that_its_reader_refuses_is_left_out_and_those_after_it_are_read() -> None:
    def entry(number: int, text: str) -> Entry:
        if text == "bad":
            raise broken("a.txt", number, "is bad")
        return Entry(str(number), "a.wav", text)

    left = Omitted("of others", "b")
    assert list(each([(1, "one"), (2, "bad"), left, (3, "three")], entry)) == [
        Entry("1", "a.wav", "one"),
        Omitted("in a broken row", "a.txt:2: is bad", broken=True),
        left,
        Entry("3", "a.wav", "three"),
    ]
