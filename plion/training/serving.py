"""The loop of a worker process: takes orders, runs one cell at a time, and heeds signals.

Knows nothing of what a cell does, and imports no torch.
"""

import json
import os
import queue
import resource
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Any

from plion.system.signals import Stopped

_CELLS = 100  # after which a worker is replaced
_GROWTH = 2 * 2**30  # bytes of memory, beyond those after its first cell
_TOLD = 4000  # characters of a sentence on what went wrong: a pipe takes it in one piece

Order = Mapping[str, Any]
Outcome = tuple[int, str]
"""A cell's exit status and one sentence on what went wrong."""


class Server:
    """Runs the orders that it reads until they end.

    A signal stops the running cell: training at its next checkpoint, all else at once. Outside of a
    cell's work it only makes the process leave, so that it never interrupts what clears up after a
    cell. A cell that is cancelled before it begins does not begin.
    """

    def __init__(
        self,
        work: Callable[[Order], Outcome],
        around: Callable[[Order], AbstractContextManager[None]],
    ) -> None:
        """`work` runs a cell, inside of the context `around` it."""
        self._work, self._around = work, around
        self._orders: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._number: int | None = None  # of the cell that runs, for the thread that reads
        self._cancelled: int | None = None  # number of a cell that shall stop, or not begin
        self._signalled = False  # it was told so by a signal that has not arrived yet
        self._at_work = self._leaving = False
        self._process = os.getpid()
        self._cells = self._first = 0

    def serve(self, orders: IO[str], answers: int) -> int:
        """Runs orders; `answers`: the file descriptor to write to. Returns the exit status."""
        signal.signal(signal.SIGTERM, self._heed)
        threading.Thread(target=self._listen, args=[orders], daemon=True).start()
        self._answer(answers, ready=True)
        while (order := self._orders.get()) is not None and not self._leaving:
            status, told = self._run(order)
            if self._leaving and status > 128:
                break  # stopped as a whole: that it ends says enough
            spent = self._spent(status)
            self._answer(answers, ended=order["run"], status=status, told=told, spent=spent)
            if spent:
                return 0
        return 128 + signal.SIGTERM if self._leaving else 0

    def _run(self, order: Order) -> Outcome:
        with self._lock:
            self._number, self._signalled = order["run"], False
        try:
            with self._around(order):
                return self._interruptible(order)
        finally:
            with self._lock:
                self._number = None

    def _interruptible(self, order: Order) -> Outcome:
        """Runs a cell in which signals count."""
        try:
            self._at_work = True
            if self._leaving or self._cancelled == order["run"]:  # said before it began
                raise Stopped(signal.SIGTERM)
            return self._work(order)
        except (SystemExit, KeyboardInterrupt) as stop:  # the latter is Lightning's
            self._at_work = False
            if self._cancelled != order["run"]:
                self._leaving = True
            code = stop.code if isinstance(stop, SystemExit) else None
            return (code if isinstance(code, int) else 128 + signal.SIGTERM), "cancelled"
        finally:
            self._at_work = False

    def _spent(self, status: int) -> bool:
        """Whether this process shall be replaced, after a cell of this status.

        A failure may leave a device's context broken, as a failed kernel of CUDA does, or threads.
        """
        self._cells += 1
        now = _memory()
        self._first = self._first or now
        grown = now - self._first > _GROWTH
        return status == 1 or self._cells >= _CELLS or grown or self._leaving

    def _listen(self, orders: IO[str]) -> None:
        """Takes orders, in a thread of its own; stops all when the driver is gone."""
        for line in orders:
            if not line.endswith("\n"):
                break  # the driver died as it wrote
            order = json.loads(line)
            if "run" in order:
                self._orders.put(order)
            else:
                self._stop(order["cancel"])
        self._leaving = True
        self._stop(None)
        self._orders.put(None)

    def _stop(self, number: int | None) -> None:
        """Signals the main thread to stop this cell; None: any that runs, as `_leaving` says."""
        with self._lock:
            self._cancelled = number
            if self._number is not None and number in (None, self._number):
                self._signalled = number is not None
                main = threading.main_thread().ident
                assert main is not None
                signal.pthread_kill(main, signal.SIGTERM)

    def _heed(self, number: int, _: Any) -> None:
        """Handles SIGTERM, in the main thread."""
        if os.getpid() != self._process:  # a loader's worker, before it has a handler of its own
            os._exit(128 + number)
        own, self._signalled = self._signalled, False
        if self._at_work:
            self._at_work = False  # only the first counts
            raise Stopped(number)
        if own:  # that cell has ended by itself meanwhile
            return
        self._leaving = True
        self._orders.put(None)

    def _answer(self, answers: int, **content: Any) -> None:
        content |= {"told": content["told"][:_TOLD]} if "told" in content else {}
        try:
            os.write(answers, (json.dumps(content) + "\n").encode())
        except BrokenPipeError:
            self._leaving = True  # the driver is gone


def _memory() -> int:
    """Resident memory of this process in bytes; where only Linux tells, the most that it had."""
    pages = Path("/proc/self/statm")
    if pages.exists():
        return resource.getpagesize() * int(pages.read_text().split()[1])
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most


def standard_input() -> IO[str]:
    """Standard input as the orders' own, so that no cell reads from it."""
    orders = os.fdopen(os.dup(0), encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)
    return orders
