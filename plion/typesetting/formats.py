"""Print tables as plain text for a terminal, CSV, Markdown or LaTeX."""

import csv
import io
import textwrap
from collections.abc import Iterable, Sequence
from typing import Literal

import tabulate

from plion.errors import printable
from plion.typesetting.latex import tex
from plion.typesetting.table import Table

tabulate.MIN_PADDING = 0  # by default it adds two spaces beside a header
_WIDTH = 150  # characters of a plain table's line

Format = Literal["table", "csv", "md", "tex"]


def typeset(tables: Sequence[Table], format: Format = "table", command: str = "") -> str:
    """All tables as text, separated by an empty line, without a newline at the end.

    In `csv`, titles and notes are lines that begin with `#`; for `tex` see
    `plion.typesetting.latex`. `command`: the command that made the tables, printed last, or under
    each table in `md`, `csv` and `tex` (in the last two as a comment), since these are copied table
    by table. Terminal control characters, which an utterance's id may contain, are escaped.
    """
    texts = list(map({"table": _plain, "csv": _csv, "md": _markdown, "tex": tex}[format], tables))
    if command and format == "table":
        made_by = f"Made by: {command}"
        whole = textwrap.fill(made_by, _WIDTH, break_long_words=False, break_on_hyphens=False)
        texts.append(whole)
    elif command:
        made_by = {"csv": "\n# {}", "md": "\n\nMade by: `{}`", "tex": "\n% {}"}[format]
        one_line = " ".join(command.splitlines())  # a line break would end the comment
        texts = [text + made_by.format(one_line) for text in texts]
    return printable("\n\n".join(texts))


def tabulated(
    header: Sequence[str], rows: Sequence[Sequence[str]], words: int = 1, style: str = "simple"
) -> str:
    """Header and rows as text: the first `words` columns left-aligned, the others right-aligned."""
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
    # Headers, notes and wide tables are broken into parts that fit a terminal.
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
    """A header wrapped to the width of its longest word or of its cells, whichever is wider."""
    parts = name.replace("_", "\n_").split("\n")
    widest = max(map(len, [*" ".join(parts).split(), *column]), default=1)
    return "\n".join(textwrap.fill(part, widest, break_on_hyphens=False) for part in parts)


def _parts(table: Table, header: Sequence[str]) -> list[list[int]]:
    """The columns of each part that a wide table is split into; text columns are in every part."""
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
    """The rows, with `form` applied to bold cells."""
    return [
        [form.format(text) if (number, i) in table.bold else text for i, text in enumerate(row)]
        for number, row in enumerate(table.rows)
    ]


def _grouped(table: Table) -> list[str]:
    """The groups of columns as a sentence, for formats that cannot print them above the header."""
    named, column = [], 0
    for group in table.groups:
        keys = table.header[column : column + group.columns]
        named += [f"{group.name}: {', '.join(keys)}"] if group.name else []
        column += group.columns
    return [f"{'; '.join(named)}."] if named else []


def _lines(*lines: str) -> str:
    return "\n".join(lines)
