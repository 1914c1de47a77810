"""Jobs for engines that train nothing: a job's configuration is a Python program.

It runs in the loop of a real worker, without torch, or as the command of a cold process. What it
assigns to `status` and `told` is the job's outcome.
"""

import os
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from plion.studies.engines import cold, process
from plion.studies.engines.engine import Ended, Engine, Job
from plion.training.serving import Order, Outcome, Server, standard_input

ENTRY = (sys.executable, __file__)
PATIENCE = 30.0  # seconds; only a failing test waits so long


def install(patch: Callable[[Any, str, Any], None] = setattr) -> None:
    """Makes engines start this module for their workers and cold processes."""
    patch(process, "_ENTRY", ENTRY)
    patch(cold, "_PLION", ENTRY)


def job(folder: Path, name: str, program: str, devices: int = 1) -> Job:
    """A job that runs a program."""
    config = folder / name / "config.yaml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(program)
    return Job(name, "train", config, "00000000", (str(config),), devices)


def ended(engine: Engine, count: int) -> list[Ended]:
    """Waits until so many jobs have ended; returns them in the order of their ends."""
    found: list[Ended] = []
    wait_for(lambda: len(found) >= count, lambda: found.extend(engine.finished()))
    return found


def run(engine: Engine, jobs: Iterable[Job]) -> dict[str, Ended]:
    """Runs jobs to their ends; returns these by the jobs' names."""
    names = []
    for one in jobs:
        engine.submit(one)
        names.append(one.name)
    return {one.job.name: one for one in ended(engine, len(names))}


def wait_for(
    condition: Callable[[], bool],
    meanwhile: Callable[[], None] = lambda: None,
    seconds: float = PATIENCE,
) -> None:
    """Waits until a condition holds."""
    end = time.monotonic() + seconds
    meanwhile()
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
        meanwhile()


def alive(pid: int) -> bool:
    """Whether a process runs."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _work(order: Order) -> Outcome:
    scope: dict[str, Any] = {"log": Path(order["log"]), "__name__": "job"}
    exec(Path(order["config"]).read_text(), scope)
    return scope.get("status", 0), scope.get("told", "")


if __name__ == "__main__":
    if sys.argv[1].isdecimal():
        server = Server(_work, lambda _: nullcontext())
        os._exit(server.serve(standard_input(), int(sys.argv[1])))
    sys.exit(_work({"config": sys.argv[1], "log": os.devnull})[0])
