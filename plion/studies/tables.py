"""Blocks of a table, its title and its notes, and the ways to print them."""

import csv
import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import tabulate

tabulate.MIN_PADDING = 0  # its two spaces beside a header, on top of those between columns
_WIDTH = 150  # characters of a plain table's line

Format = Literal["table", "csv", "md", "tex"]


@dataclass(frozen=True)
class Block:
    """A table under a title, its first column words and the others figures, with notes below."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


def typeset(blocks: Sequence[Block], format: Format = "table") -> str:
    """All blocks as text, one empty line between them and no newline at the end.

    `csv` is the bare tables; in `tex` (for the booktabs package) titles and notes are comments.
    """
    printed = {"table": _plain, "csv": _csv, "md": _markdown, "tex": _tex}[format]
    return "\n\n".join(printed(block) for block in blocks)


def _plain(block: Block) -> str:
    # Headers and notes break, and so do wide tables, or no terminal could show them.
    header = [name.replace("_", "\n_").replace(" ", "\n") for name in block.header]
    parts = [
        _table(
            [header[i] for i in columns],
            [[row[i] for i in columns] for row in block.rows],
            "simple",
        )
        for columns in _parts(block, header)
    ]
    notes = [textwrap.fill(note, _WIDTH) for note in block.notes]
    return _lines(block.title, "\n\n".join(parts), *notes)


def _parts(block: Block, header: Sequence[str]) -> list[list[int]]:
    """The columns of each table that a block is printed as, the first column in all of them."""
    cells = [[name, *(row[i] for row in block.rows)] for i, name in enumerate(header)]
    widths = [max(len(line) for text in column for line in text.split("\n")) for column in cells]
    parts = [[0]]
    for column in range(1, len(header)):
        if sum(widths[i] + 2 for i in [*parts[-1], column]) > _WIDTH:
            parts.append([0])
        parts[-1].append(column)
    return parts


def _markdown(block: Block) -> str:
    notes = [line for note in block.notes for line in ("", note)]
    return _lines(f"**{block.title}**", "", _table(block.header, block.rows, "github"), *notes)


def _tex(block: Block) -> str:
    comments = [f"% {line}" for line in (block.title, *block.notes)]
    return _lines(comments[0], _table(block.header, block.rows, "latex_booktabs"), *comments[1:])


def _csv(block: Block) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([block.header, *block.rows])
    return text.getvalue().rstrip("\n")


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], style: str) -> str:
    align = ["left"] + ["right"] * (len(header) - 1)
    cells = [list(row) for row in rows]
    return tabulate.tabulate(
        cells, list(header), tablefmt=style, colalign=align, disable_numparse=True
    )


def _lines(*lines: str) -> str:
    return "\n".join(lines)
