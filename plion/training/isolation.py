"""A cell in a process that runs many: it leaves nothing behind that could change another's bits."""

import gc
import logging
import os
import random
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch


@contextmanager
def isolated(argv: Sequence[str]) -> Iterator[None]:
    """Restores afterwards what a cell may change: random states, threads, environment, warnings.

    `argv`: the command line that the cell sees as its own.
    """
    environment, arguments, filters = dict(os.environ), sys.argv, list(warnings.filters)
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    threads, kind = torch.get_num_threads(), torch.get_default_dtype()
    gradients, levels = torch.is_grad_enabled(), _levels()
    sys.argv = list(argv)
    try:
        yield
    finally:
        sys.argv = arguments
        os.environ.clear()
        os.environ.update(environment)
        warnings.filters[:] = filters  # type: ignore[index]
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])
        torch.set_num_threads(threads)
        torch.set_default_dtype(kind)
        torch.set_grad_enabled(gradients)
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def _levels() -> dict[str, int]:
    """The levels of all loggers."""
    names = list(logging.root.manager.loggerDict)
    return {name: logging.getLogger(name).level for name in names}


@contextmanager
def output_to(path: Path) -> Iterator[None]:
    """Appends to a file what this process prints, libraries in C included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    before = os.dup(1), os.dup(2)
    with path.open("ab") as file:
        for number in (1, 2):
            os.dup2(file.fileno(), number)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, one in zip((1, 2), before, strict=True):
            os.dup2(one, number)
            os.close(one)
