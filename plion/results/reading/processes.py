"""Reads the cells of a large study in several processes."""

import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import TypeVar

from plion.errors import InputError
from plion.results.reading.study import Run
from plion.system.cores import usable_cores

FEWEST = 50  # cells for which processes are worth their start
_MOST = 8  # processes
_AT_ONCE = 8  # cells that a process is given; what they share is sent back once

Cell = TypeVar("Cell")


def read_each(read: Callable[[Cell], list[Run]], cells: Sequence[Cell]) -> list[Run]:
    """The runs of every cell, in order; `read` must be a function of a module, or partial of one.

    Raises what `read` raises, and InputError if a process dies.
    """
    processes = min(usable_cores(), _MOST)
    if len(cells) < FEWEST or processes < 2:
        return [run for cell in cells for run in read(cell)]
    lots = [cells[at : at + _AT_ONCE] for at in range(0, len(cells), _AT_ONCE)]
    with ProcessPoolExecutor(processes, initializer=_uninterrupted) as pool:
        try:
            return [run for lot in pool.map(partial(_read_lot, read), lots) for run in lot]
        except BrokenProcessPool as error:
            raise InputError(
                f"one of {processes} processes that read the runs died, out of memory or killed; "
                "give the command again"
            ) from error


def _read_lot(read: Callable[[Cell], list[Run]], cells: Sequence[Cell]) -> list[Run]:
    return [run for cell in cells for run in read(cell)]


def _uninterrupted() -> None:
    """Leave an interrupt to the process that waits for this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
