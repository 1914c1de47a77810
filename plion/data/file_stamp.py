"""Detect that a manifest file has changed since it was checked."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from plion.errors import InputError

Stamp = tuple[int, int]
"""Size in bytes and time of change in nanoseconds."""


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn errors of the system while reading a manifest into an InputError that names it."""
    try:
        yield
    except OSError as error:
        raise InputError(f"manifest {path} cannot be read: {error.strerror}") from error


def stamp_of(file: BinaryIO) -> Stamp:
    """The size and time of change of an open file."""
    found = os.fstat(file.fileno())
    return found.st_size, found.st_mtime_ns


def changed(path: Path) -> InputError:
    """The error to raise for a manifest that has changed."""
    return InputError(
        f"manifest {path} has changed while it was in use; give the same command again"
    )
