"""The ways to print tables: for a terminal, as CSV, in Markdown and in LaTeX."""

import csv
import io
import textwrap
from collections.abc import Iterable, Sequence
from typing import Literal

import tabulate

from plion.errors import printable
from plion.typesetting.latex import tex
from plion.typesetting.table import Table

tabulate.MIN_PADDING = 0  # its two spaces beside a header, on top of those between columns
_WIDTH = 150  # characters of a plain table's line

Format = Literal["table", "csv", "md", "tex"]


def typeset(tables: Sequence[Table], format: Format = "table", command: str = "") -> str:
    """All tables as text, one empty line between them and no newline at the end.

    In `csv` titles and notes are lines that begin with `#`; of `tex` see `plion.typesetting.latex`.
    `command`: what made them; it stands last, and under each table of what is copied table by
    table, in `csv` and `tex` as a comment. What would steer a terminal, as an utterance's id may,
    is escaped.
    """
    texts = list(map({"table": _plain, "csv": _csv, "md": _markdown, "tex": tex}[format], tables))
    if command and format == "table":
        made_by = f"Made by: {command}"
        whole = textwrap.fill(made_by, _WIDTH, break_long_words=False, break_on_hyphens=False)
        texts.append(whole)
    elif command:
        made_by = {"csv": "\n# {}", "md": "\n\nMade by: `{}`", "tex": "\n% {}"}[format]
        one_line = " ".join(command.splitlines())  # or a comment would end within it
        texts = [text + made_by.format(one_line) for text in texts]
    return printable("\n\n".join(texts))


def tabulated(
    header: Sequence[str], rows: Sequence[Sequence[str]], words: int = 1, style: str = "simple"
) -> str:
    """A header and rows alone: the first columns hold words, to the left, the others figures."""
    align = ["left"] * words + ["right"] * (len(header) - words)
    cells = [list(row) for row in rows]
    return tabulate.tabulate(
        cells, list(header), tablefmt=style, colalign=align, disable_numparse=True
    )


def comma_separated(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A header and rows as CSV, each line with its end; None is an empty field."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()


def _plain(table: Table) -> str:
    # Headers and notes break, and so do wide tables, or no terminal could show them.
    columns = zip(table.header, *table.rows, strict=True)
    header = [_broken(name, column) for name, *column in columns]
    parts = [
        tabulated(
            [header[i] for i in columns],
            [[row[i] for i in columns] for row in table.rows],
            table.words,
        )
        for columns in _parts(table, header)
    ]
    notes = [textwrap.fill(note, _WIDTH) for note in table.notes]
    return _lines(table.title, "\n\n".join(parts), *notes)


def _broken(name: str, column: Sequence[str]) -> str:
    """A header in lines that are no wider than its longest word or what stands under it."""
    parts = name.replace("_", "\n_").split("\n")
    widest = max(map(len, [*" ".join(parts).split(), *column]), default=1)
    return "\n".join(textwrap.fill(part, widest, break_on_hyphens=False) for part in parts)


def _parts(table: Table, header: Sequence[str]) -> list[list[int]]:
    """The columns of each part that a table is printed in, those of words in all of them."""
    cells = [[name, *(row[i] for row in table.rows)] for i, name in enumerate(header)]
    widths = [max(len(line) for text in column for line in text.split("\n")) for column in cells]
    words = list(range(table.words))
    parts = [words]
    for column in range(table.words, len(header)):
        if sum(widths[i] + 2 for i in [*parts[-1], column]) > _WIDTH:
            parts.append(words)
        parts[-1] = [*parts[-1], column]
    return parts


def _markdown(table: Table) -> str:
    notes = [line for note in (*_grouped(table), *table.notes) for line in ("", note)]
    rows = _marked(table, "**{}**")
    printed = tabulated(table.header, rows, table.words, "github")
    return _lines(f"**{table.title}**", "", printed, *notes)


def _csv(table: Table) -> str:
    text = comma_separated(table.header, _marked(table, "{}*"))
    marks = ["`*` after a figure: bold."] if table.bold else []
    notes = [f"# {note}" for note in (*_grouped(table), *table.notes, *marks)]
    return _lines(f"# {table.title}", text.rstrip("\n"), *notes)


def _marked(table: Table, form: str) -> list[list[str]]:
    """The rows, their bold cells in a form that is bold in some way."""
    return [
        [form.format(text) if (number, i) in table.bold else text for i, text in enumerate(row)]
        for number, row in enumerate(table.rows)
    ]


def _grouped(table: Table) -> list[str]:
    """What the groups of columns are, in words, where no column can stand under another's."""
    named, column = [], 0
    for group in table.groups:
        keys = table.header[column : column + group.columns]
        named += [f"{group.name}: {', '.join(keys)}"] if group.name else []
        column += group.columns
    return [f"{'; '.join(named)}."] if named else []


def _lines(*lines: str) -> str:
    return "\n".join(lines)
