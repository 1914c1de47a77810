"""The options of `plion results`."""

from dataclasses import dataclass
from pathlib import Path

from plion.errors import InputError
from plion.results.tables.breakdowns import By
from plion.typesetting.formats import Format


@dataclass(frozen=True)
class Request:
    """What to print of studies, and how.

    format: of the tables. compare: replaces the tables by the contrasts of that axis. by: replaces
    the tables by a breakdown by that property of the utterances. with_paper: adds published rows.
    strict: refuses runs made under different conditions. intersect: compares runs tested on
    different utterances on those they share. plot: a folder for charts. command: recorded in tables
    and charts as their creator.

    Raises InputError for options that exclude each other.
    """

    format: Format = "table"
    compare: str | None = None
    by: By | None = None
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
