"""Lines cut at tabs."""

from pathlib import Path

import pytest
from layouts import lay

from plion.data.corpora.lines import fields
from plion.errors import InputError


def test_lines_are_numbered_and_quotes_are_text(tmp_path: Path) -> None:
    tree = lay(tmp_path / "s", {"a.tsv": '\ufeffa\t"b\n\n \nc"\t\r\n\u2028\td'})
    assert list(fields(tree, "s/a.tsv")) == [
        (1, ["a", '"b']),
        (4, ['c"', ""]),
        (5, ["\u2028", "d"]),
    ]


def test_another_number_of_fields_is_refused(tmp_path: Path) -> None:
    tree = lay(tmp_path / "s", {"a.tsv": "a\tb\nc\n"})
    with pytest.raises(InputError, match=r"^s/a.tsv:2: expected 2 fields between tabs, found 1$"):
        list(fields(tree, "s/a.tsv", count=2))
