r"""Tables in LaTeX, for the packages booktabs and graphicx.

A table is a float with its title as caption and its notes below; a wide one spans both columns. A
table wider than the page gets rotated headers and is scaled to fit.
"""

import re
from collections.abc import Sequence

from plion.typesetting.table import Group, Table

_COLUMN, _PAGE = 60, 120  # characters of a row that fit one column of two, and both
# Scale to the line width only if the table is wider.
_FIT = r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%"
_ESCAPES = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "±": r"$\pm$",
    "×": r"$\times$",
    "†": r"\textdagger{}",
    "‡": r"\textdaggerdbl{}",
    "…": r"\ldots{}",
}
_SPECIAL = re.compile("|".join(map(re.escape, _ESCAPES)))
_SPREAD = re.compile(r"([\d.]+) \$\\pm\$ ([\d.]+)")  # printed small, or tables get too wide
_SIGN = re.compile(r"(?<![\w.])([+-])(?=\d)")  # of a number; a hyphen is shorter than a minus


def escaped(text: str) -> str:
    """Text escaped for LaTeX, with minus signs for numbers and a small `± spread`."""
    small = _SPREAD.sub(r"\1$_{\\pm \2}$", _SPECIAL.sub(lambda found: _ESCAPES[found[0]], text))
    return _SIGN.sub(r"$\1$", small)


def tex(table: Table) -> str:
    """One table as a LaTeX float."""
    float_ = "table*" if _width(table) > _COLUMN else "table"
    notes = [rf"{escaped(note)}\par" for note in table.notes]
    return "\n".join(
        [
            rf"\begin{{{float_}}}[tp]",
            r"\centering",
            rf"\caption{{{escaped(table.title)}}}",
            r"\small\setlength{\tabcolsep}{3pt}",
            _FIT,
            *_tabular(table),
            "}",
            *([r"\par\smallskip", r"\begin{minipage}{\linewidth}\footnotesize"] if notes else []),
            *notes,
            *([r"\end{minipage}"] if notes else []),
            rf"\end{{{float_}}}",
        ]
    )


def _width(table: Table) -> int:
    """The width of a row in characters, with two between columns."""
    columns = zip(table.header, *table.rows, strict=True)
    return sum(max(map(len, column)) + 2 for column in columns)


def _tabular(table: Table) -> list[str]:
    columns = "l" * table.words + "r" * (len(table.header) - table.words)
    body = [
        _line([_cell(text, bold=(number, i) in table.bold) for i, text in enumerate(row)])
        for number, row in enumerate(table.rows)
    ]
    return [
        rf"\begin{{tabular}}{{@{{}}{columns}@{{}}}}",
        r"\toprule",
        *_spanning(table.groups),
        _line(_headers(table)),
        r"\midrule",
        *body,
        r"\bottomrule",
        r"\end{tabular}",
    ]


def _headers(table: Table) -> list[str]:
    """The column names; in a table wider than the page, rotated if longer than their cells."""
    narrow = _width(table) > _PAGE
    columns = zip(table.header, *table.rows, strict=True)
    return [
        rf"\rotatebox{{90}}{{{escaped(name)}}}"
        if narrow and len(name) > max(map(len, cells), default=0)
        else escaped(name)
        for name, *cells in columns
    ]


def _spanning(groups: Sequence[Group]) -> list[str]:
    """A row of group names, and under each a rule as wide as its columns."""
    if not groups:
        return []
    cells, rules, column = [], [], 1
    for group in groups:
        last = column + group.columns - 1
        cells.append(rf"\multicolumn{{{group.columns}}}{{c}}{{{escaped(group.name)}}}")
        if group.name:
            rules.append(rf"\cmidrule(lr){{{column}-{last}}}")
        column = last + 1
    return [_line(cells), "".join(rules)]


def _cell(text: str, *, bold: bool) -> str:
    return rf"\textbf{{{escaped(text)}}}" if bold else escaped(text)


def _line(cells: Sequence[str]) -> str:
    # LaTeX would read a bracket at the start as an option of the line break before it.
    first = "{}" if cells[0].startswith(("[", "*")) else ""
    return f"{first}{' & '.join(cells)} \\\\"
