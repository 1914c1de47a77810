"""A table before it is set in any format."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """So many neighbouring columns under one name; it may be empty."""

    name: str
    columns: int


@dataclass(frozen=True)
class Table:
    """A table under a title, its first columns words and the others figures, with notes below.

    groups: what stands above the columns, all of them, or nothing. bold: rows and columns of cells
    that stand out.
    """

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()
    words: int = 1
    groups: Sequence[Group] = ()
    bold: frozenset[tuple[int, int]] = frozenset()
