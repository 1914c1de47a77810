"""The options of `plion results`."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from plion.errors import InputError, suggest
from plion.results.tables.breakdowns import By
from plion.typesetting.formats import Format

TableName = Literal[
    "benchmarks",
    "effects",
    "simple",
    "tuning",
    "budgets",
    "cost",
    "metrics",
    "averages",
    "languages",
    "faults",
]
TABLES: tuple[TableName, ...] = get_args(TableName)
"""The names of tables, in the order in which they are printed."""
UNASKED = tuple(name for name in TABLES if name != "simple")
"""Those that are printed if none are named."""


def read_names(text: str) -> tuple[TableName, ...]:
    """The tables of names separated by commas, or `all`; InputError for another name."""
    if text == "all":
        return TABLES
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in TABLES:
            raise InputError(f"--tables: no table is named '{name}' {suggest(name, TABLES)}")
    return tuple(name for name in TABLES if name in names)


@dataclass(frozen=True)
class Request:
    """What to print of studies, and how.

    format: of the tables. compare: replaces the tables by the contrasts of that axis. by: replaces
    the tables by a breakdown by that property of the utterances. tables: the names of those
    printed. with_paper: adds published rows. strict: refuses runs made under different conditions.
    intersect: compares runs tested on different utterances on those they share. plot: a folder for
    charts. command: recorded in tables and charts as their creator.

    Raises InputError for options that exclude each other.
    """

    format: Format = "table"
    compare: str | None = None
    by: By | None = None
    tables: Collection[TableName] = UNASKED
    with_paper: bool = False
    strict: bool = False
    intersect: bool = False
    plot: Path | None = None
    command: str = ""

    def __post_init__(self) -> None:
        if self.by and self.intersect:
            raise InputError(
                "--intersect applies to comparisons, not to --by; leave one of them out"
            )
