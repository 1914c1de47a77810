"""A worker: a process that runs cells one after another, and so imports torch only once.

    python -m plion.training.worker FD

Engines start it by this name and never import it. It reads orders from standard input and writes
answers to the file descriptor FD, both as JSON lines:

    {"run": 7, "verb": "train", "config": ".../config.yaml", "log": ".../train.log", "command": []}
    {"cancel": 7}
    -> {"ready": true}, then {"ended": 7, "status": 0, "told": "", "spent": false}

`spent`: it exits now, after many cells or much growth in memory, and wants to be replaced. When
standard input ends, or on SIGTERM, it saves the running cell's checkpoint and exits.
"""

import json
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from plion.config.experiment import load_experiment
from plion.errors import Failed, sentence
from plion.planning.planned_run import mixture_plan
from plion.training import run
from plion.training.isolation import isolated, output_to

_CELLS = 100  # after which a worker is replaced
_GROWTH = 2 * 2**30  # bytes of resident memory, beyond those after its first cell

Order = Mapping[str, Any]


class Worker:
    """Runs the orders of standard input until it ends."""

    def __init__(self, answers: IO[str]) -> None:
        self._answers = answers
        self._orders: queue.Queue[Order | None] = queue.Queue()
        self._lock = threading.Lock()
        self._number: int | None = None  # of the cell that runs
        self._cancelled: int | None = None

    def serve(self) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the driver stops it, with SIGTERM
        signal.signal(signal.SIGTERM, self._leave)
        threading.Thread(target=self._read, daemon=True).start()
        self._answer(ready=True)
        ran = 0
        while (order := self._orders.get()) is not None:
            status, told = self._run(order)
            ran += 1
            self._answer(ended=order["run"], status=status, told=told, spent=ran >= _CELLS)
            if ran >= _CELLS:
                return

    def _run(self, order: Order) -> tuple[int, str]:
        """Runs one cell; returns its exit status and what went wrong."""
        with self._lock:
            self._number = order["run"]
        try:
            with isolated(["plion", *order["command"]]), output_to(Path(order["log"])):
                return _status(lambda: _VERBS[order["verb"]](order["config"]))
        except SystemExit as stop:
            if self._cancelled != order["run"]:
                raise
            return int(stop.code or 0), "cancelled"
        finally:
            with self._lock:
                self._number = None

    def _read(self) -> None:
        """Takes orders; ends the process when the driver is gone."""
        for line in sys.stdin:
            order = json.loads(line)
            if "run" in order:
                self._orders.put(order)
                continue
            with self._lock:
                if self._number == order["cancel"]:
                    self._cancelled = self._number
                    os.kill(os.getpid(), signal.SIGTERM)
        self._orders.put(None)
        with self._lock:
            if self._number is not None:
                os.kill(os.getpid(), signal.SIGTERM)

    def _leave(self, number: int, _: Any) -> None:
        if self._cancelled is not None and self._cancelled != self._number:
            self._cancelled = None  # that cell ended by itself meanwhile
            return
        raise SystemExit(128 + number)

    def _answer(self, **content: Any) -> None:
        self._answers.write(json.dumps(content, ensure_ascii=False) + "\n")
        self._answers.flush()


def _train(config: str) -> None:
    run.train(mixture_plan(load_experiment(config)))


def _evaluate(config: str) -> None:
    run.evaluate(load_experiment(config))


_VERBS: dict[str, Callable[[str], None]] = {"train": _train, "evaluate": _evaluate}


def _status(work: Callable[[], None]) -> tuple[int, str]:
    """Does the work; returns the exit status that `plion` would have, and its sentence."""
    try:
        work()
    except Exception as error:
        told = str(error) if isinstance(error, Failed) else sentence(error)
        if told is None:
            traceback.print_exc()
            return 1, f"{type(error).__name__}: {error}"
        print(f"plion: {told}", file=sys.stderr)
        return 1 if isinstance(error, Failed) else 2, told
    return 0, ""


if __name__ == "__main__":
    Worker(os.fdopen(int(sys.argv[1]), "w", encoding="utf-8")).serve()
