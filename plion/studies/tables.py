"""Blocks of a table, its title and its notes, and the ways to print them."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tabulate import tabulate

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
    # Headers break, or twelve benchmarks are wider than any terminal.
    header = [name.replace("_", "\n_").replace(" ", "\n") for name in block.header]
    return _lines(block.title, _table(block, header, "simple"), *block.notes)


def _markdown(block: Block) -> str:
    notes = [line for note in block.notes for line in ("", note)]
    return _lines(f"**{block.title}**", "", _table(block, block.header, "github"), *notes)


def _tex(block: Block) -> str:
    comments = [f"% {line}" for line in (block.title, *block.notes)]
    return _lines(comments[0], _table(block, block.header, "latex_booktabs"), *comments[1:])


def _csv(block: Block) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([block.header, *block.rows])
    return text.getvalue().rstrip("\n")


def _table(block: Block, header: Sequence[str], style: str) -> str:
    align = ["left"] + ["right"] * (len(header) - 1)
    rows = [list(row) for row in block.rows]
    return tabulate(rows, list(header), tablefmt=style, colalign=align, disable_numparse=True)


def _lines(*lines: str) -> str:
    return "\n".join(lines)
