"""What `plion results` prints, as it is asked for; as CSV, read again."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from plion.results import results as module
from plion.results.request import Request


def results(dirs: Sequence[Path], format: Any = "table", **asked: Any) -> tuple[str, int]:
    """What is printed of the folders, and the exit status."""
    return module.results(dirs, Request(format, **asked))


def tables(text: str) -> list[list[list[str]]]:
    """The rows of every table, without titles and notes."""
    parts = text.strip().split("\n\n")
    bare = [[line for line in part.splitlines() if line[:1] != "#"] for part in parts]
    return [list(csv.reader(lines)) for lines in bare]
