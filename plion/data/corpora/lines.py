"""Read the rows of publishers' text files, and report broken rows.

A broken row is left out and counted (`Omitted`); reading continues after it. A tab or line break
inside a sentence breaks its row, since the rest is not a complete transcript.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVarTuple

from plion.data.corpora.corpus import Entry, Omitted
from plion.data.corpora.tree import Tree
from plion.errors import InputError

BROKEN = "in a broken row"
AGAIN = "with a repeated id and another sentence"

Parts = TypeVarTuple("Parts")


class Broken(InputError):
    """A row that is not as published; the text has file, line and what is wrong."""


def broken(path: str, line: int, what: str) -> Broken:
    """The error for a row that begins at `line`; `what` says what is wrong."""
    return Broken(f"{path}:{line}: {what}")


def omitted(error: Broken) -> Omitted:
    """A broken row as a row that is left out."""
    return Omitted(BROKEN, str(error), broken=True)


def each(
    rows: Iterable[tuple[*Parts] | Omitted], read: Callable[[*Parts], Entry]
) -> Iterator[Entry | Omitted]:
    """Apply `read` to each row; a row for which it raises `Broken` is left out."""
    for row in rows:
        if isinstance(row, Omitted):
            yield row
            continue
        try:
            entry = read(*row)
        except Broken as error:
            yield omitted(error)
        else:
            yield entry


def records(
    tree: Tree, path: str, begins: Callable[[str], object]
) -> Iterator[list[tuple[int, str]]]:
    """The numbered lines of each row; skips blank lines.

    `begins`: whether a line begins a row (has an id); other lines continue the row before.
    """
    lines: list[tuple[int, str]] = []
    for number, line in tree.lines(path):
        if not line.strip():
            continue
        if lines and begins(line):
            yield lines
            lines = []
        lines.append((number, line))
    if lines:
        yield lines


def rows(
    tree: Tree, path: str, begins: Callable[[str], object]
) -> Iterator[tuple[int, str] | Omitted]:
    """The numbered lines of a file with one row per line; rows over several lines are left out."""
    for lines in records(tree, path, begins):
        yield lines[0] if len(lines) == 1 else _cut(path, lines[0][0], lines[-1][0])


def fields(
    tree: Tree, path: str, count: int, after: int = 0
) -> Iterator[tuple[int, list[str]] | Omitted]:
    """The numbered rows of a tab-separated file with `count` fields, after line `after`.

    Quotes are plain text; skips blank lines. Consecutive lines that together have `count` fields
    are one row with a line break in a field, which is left out like a row with too many fields.
    """
    short: list[str] = []  # fields of an incomplete row that begins in line `first`
    first = 0
    for number, line in tree.lines(path):
        if number <= after or not line.strip():
            continue
        row = line.split("\t")
        if short and len(row) < count and len(short) + len(row) - 1 <= count:
            short = [*short, *row[1:]]
            if len(short) == count:
                yield _cut(path, first, number)
                short = []
            continue
        if short:
            yield _other_count(path, first, count, len(short))
        short, first = (row, number) if len(row) < count else ([], 0)
        if len(row) == count:
            yield number, row
        elif len(row) > count:
            yield _other_count(path, number, count, len(row))
    if short:
        yield _other_count(path, first, count, len(short))


def _other_count(path: str, line: int, count: int, found: int) -> Omitted:
    tab = " (a tab inside one?)" if found > count else ""
    what = f"expected {count} fields between tabs, found {found}{tab}"
    return omitted(broken(path, line, what))


def _cut(path: str, first: int, last: int) -> Omitted:
    return omitted(broken(path, first, f"a line break cuts this row, which ends in line {last}"))
