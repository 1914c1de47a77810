"""Which files hold others: told by their names alone."""

import posixpath
import re
from collections.abc import Callable, Sequence

from plion.errors import InputError

SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip")
SHARD = ".parquet"
# What browsers and download managers call a file that has not come whole yet.
UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".aria2")

_PACKED = re.compile(
    rf"(.+?)({'|'.join(map(re.escape, sorted((*SUFFIXES, SHARD), key=len, reverse=True)))})",
    re.IGNORECASE | re.DOTALL,
)


def stem(name: str) -> str | None:
    """The name of an archive or shard without its suffix; None for any other file."""
    match = _PACKED.fullmatch(name)
    return match[1] if match else None


def top(path: str) -> str:
    """The name of an archive, without folder and suffix."""
    return stem(posixpath.basename(path)) or ""


Pieces = Callable[[Sequence[str]], Sequence[str]]
"""Of the archives of a source, by path, those that hold a piece of a corpus each."""


def named(pattern: str) -> Pieces:
    """Those whose name without suffix fits a regular expression, wherever they lie."""
    fits = re.compile(pattern).fullmatch
    return lambda archives: [path for path in archives if fits(top(path))]


def is_shard(name: str) -> bool:
    """Whether this is a parquet file."""
    return name.lower().endswith(SHARD)


def refuse_unfinished(path: str) -> None:
    """InputError for the name of a download that has not ended."""
    if path.lower().endswith(UNFINISHED):
        raise InputError(f"{path} is an unfinished download: let it finish, or remove it")
