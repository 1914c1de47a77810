"""A cell in a process that runs many: it leaves nothing behind that could change another's bits."""

import gc
import logging
import multiprocessing
import os
import random
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

# Not SIGCHLD: torch sets it once a process, to hear of loader workers that die.
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP)


@contextmanager
def isolated(argv: Sequence[str]) -> Iterator[None]:
    """Restores afterwards what a cell may change: random states, threads, environment, warnings.

    `argv`: the command line that the cell sees as its own. Ends child processes that it left.
    """
    with ExitStack() as after:
        after.callback(_tidy)
        for restore in (*_of_python(), *_of_logging(), *_of_torch()):
            after.callback(restore)
        # Each warning is shown anew: entering and leaving resets what was shown already.
        after.enter_context(warnings.catch_warnings())
        sys.argv = list(argv)
        yield


def _of_python() -> Iterator[Callable[[], Any]]:
    environment, folder = dict(os.environ), os.getcwd()
    arguments, streams = sys.argv, (sys.stdout, sys.stderr)
    handlers = {number: signal.getsignal(number) for number in _SIGNALS}

    def restore() -> None:
        for name in os.environ.keys() - environment.keys():
            del os.environ[name]
        os.environ.update(environment)
        os.chdir(folder)
        sys.argv, (sys.stdout, sys.stderr) = arguments, streams
        for number, handler in handlers.items():
            signal.signal(number, handler)
        warnings.onceregistry.clear()  # type: ignore[attr-defined]

    yield restore
    yield partial(random.setstate, random.getstate())
    yield partial(np.random.set_state, np.random.get_state())
    yield partial(np.seterr, **np.geterr())


def _of_logging() -> Iterator[Callable[[], None]]:
    names = list(logging.root.manager.loggerDict)
    loggers = [logging.root, *(logging.getLogger(name) for name in names)]
    before = [(one, one.level, list(one.handlers)) for one in loggers]
    yield partial(logging.disable, logging.root.manager.disable)

    def restore() -> None:
        for one, level, handlers in before:
            if one.level != level:  # setting it is slow: it clears a cache of every logger
                one.setLevel(level)
            one.handlers[:] = handlers

    yield restore


def _of_torch() -> Iterator[Callable[[], Any]]:
    yield partial(torch.set_rng_state, torch.get_rng_state())
    if torch.cuda.is_available():
        yield partial(torch.cuda.set_rng_state_all, torch.cuda.get_rng_state_all())
    yield partial(torch.set_num_threads, torch.get_num_threads())
    yield partial(torch.set_default_dtype, torch.get_default_dtype())
    yield partial(torch.set_grad_enabled, torch.is_grad_enabled())
    yield partial(torch.set_float32_matmul_precision, torch.get_float32_matmul_precision())
    deterministic = torch.are_deterministic_algorithms_enabled()
    yield partial(torch.use_deterministic_algorithms, deterministic)
    backends = torch.backends
    for owner, name in (
        (backends.cudnn, "enabled"),
        (backends.cudnn, "benchmark"),
        (backends.cudnn, "deterministic"),
        (backends.mkldnn, "enabled"),
    ):
        yield partial(setattr, owner, name, getattr(owner, name))


def _tidy() -> None:
    """Ends what a failed cell left running, and frees its memory."""
    gc.collect()
    for child in multiprocessing.active_children():
        child.kill()
        child.join()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


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
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):  # a full disk: the cell's own outcome counts
                stream.flush()
        for number, one in zip((1, 2), before, strict=True):
            os.dup2(one, number)
            os.close(one)
