"""A worker: a process that runs cells one after another, and so imports torch only once.

    python -m plion.training.worker FD

Engines start it by this name and never import it. It reads orders from standard input and writes
answers to the file descriptor FD, both as JSON lines:

    {"run": 7, "verb": "train", "config": ".../config.yaml", "log": ".../train.log", "command": []}
    {"cancel": 7}
    -> {"ready": true}, then {"ended": 7, "status": 0, "told": "", "spent": false}

`spent`: it exits now and wants to be replaced: after many cells, much growth in memory, or a
failure that may have left something behind. When standard input ends, or on SIGTERM, it saves the
running cell's checkpoint and exits.
"""

import faulthandler
import gc
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from plion.config.experiment import load_experiment
from plion.errors import Failed, sentence
from plion.planning.planned_run import mixture_plan
from plion.system.locking.locks import Held
from plion.system.printing import any_text
from plion.training import run
from plion.training.isolation import isolated, output_to
from plion.training.serving import Order, Outcome, Server, standard_input

_BUSY = os.EX_TEMPFAIL  # exit status of a run that another process works on


@contextmanager
def _around(order: Order) -> Iterator[None]:
    with isolated(["plion", *order["command"]]), output_to(Path(order["log"])):
        yield


def _train(config: str) -> None:
    run.train(mixture_plan(load_experiment(config)), wait=False)


def _evaluate(config: str) -> None:
    run.evaluate(load_experiment(config), wait=False)


_VERBS: dict[str, Callable[[str], None]] = {"train": _train, "evaluate": _evaluate}


def _work(order: Order) -> Outcome:
    """Runs a cell; returns the exit status that `plion` would have, and its sentence."""
    try:
        _VERBS[order["verb"]](order["config"])
    except Held:
        return _BUSY, "another process works on it"
    except Exception as error:
        told = str(error) if isinstance(error, Failed) else sentence(error)
        with suppress(OSError):  # the log's disk may be full
            if told is None:
                traceback.print_exc()
            else:
                print(f"plion: {told}", file=sys.stderr)
        if told is None:
            return 1, f"{type(error).__name__}: {error}"
        return 1 if isinstance(error, Failed) else 2, told
    return 0, ""


def main() -> None:
    """Serves standard input, and ends the process at once: threads of libraries may hang."""
    answers = int(sys.argv[1])
    os.set_inheritable(answers, False)
    any_text()  # a cell prints texts of all languages, under any locale
    faulthandler.enable()  # a crash in a library is told in the cell's log
    gc.freeze()  # what was imported stays, and is not looked through after each cell
    status = Server(_work, _around).serve(standard_input(), answers)
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
