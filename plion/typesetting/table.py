"""The content of a printed table, independent of the output format."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """A number of adjacent columns under one name, which may be empty."""

    name: str
    columns: int


@dataclass(frozen=True)
class Table:
    """A table with a title and notes.

    `words`: the number of first columns that hold text (left-aligned); the others hold figures.
    `groups`: names above the columns; empty, or covering all of them. `bold`: (row, column) of bold
    cells.
    """

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()
    words: int = 1
    groups: Sequence[Group] = ()
    bold: frozenset[tuple[int, int]] = frozenset()
