"""A Ray task: the thin parent of a worker process on a node.

Ray's process is kept for several tasks, and keeps its worker while the devices stay the same and
the next task comes soon (`Warm`). Both die together: the worker's standard input ends with its
parent.
"""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import ray
from ray.actor import ActorHandle
from ray.exceptions import ActorDiedError, ActorUnavailableError

import plion
from plion.errors import Failed, InputError, sentence
from plion.runs.folder import RunFolder
from plion.runs.reports import Report, Reports
from plion.studies.engines.cold import ColdProcess
from plion.studies.engines.engine import DONE, FAILED, REFUSED, Ended, Job
from plion.studies.engines.process import WorkerProcess
from plion.studies.engines.ray import node, nodes
from plion.studies.engines.ray.order import Order, Outcome
from plion.studies.engines.ray.returned import Files, packed
from plion.studies.engines.ray.warm import Warm

_POLL = 0.5  # seconds between two looks at the worker, and at the board
_SILENCE = 60.0  # seconds that the board may take to answer
_IDLE = 5.0  # seconds between tasks, after which the worker ends: Ray needs less to send the next

Tell = Callable[[Sequence[Report]], bool]
"""Hands on new reports; returns whether to stop."""

_warm = Warm(_IDLE)  # of this process


def run(source: str, content: dict[str, Any], board: "ActorHandle[Any]") -> Outcome:
    """Runs an order, `content`, if this node's plion is that of the driver, of hash `source`.

    All that may go wrong with the job is a value; only the loss of the node is for Ray to see.
    """
    here = ray.get_runtime_context().get_node_id()
    if (own := node.source()) != source:
        told = f"another plion than the driver's: its source is {own}, not {source}"
        return Outcome(REFUSED, told, here, unfit=True)
    order = Order(**content)
    try:
        ready = node.prepared(order)
    except (InputError, OSError) as error:
        return Outcome(REFUSED, sentence(error) or str(error), here, unfit=True)
    attempt: int = _answer(board.begin.remote(order.number, here, shared=ready.shared))
    if not attempt:
        return Outcome(REFUSED, "cancelled", here, stopped=True)

    def tell(reports: Sequence[Report]) -> bool:
        plain = [asdict(report) for report in reports]
        try:
            return bool(_answer(board.hear.remote(order.number, attempt, plain)))
        except ActorDiedError:  # and with it the driver
            return True
        except (ActorUnavailableError, TimeoutError):
            return False

    try:
        ended = _attended(ready.job, tell)
    except Failed as error:
        return Outcome(FAILED, str(error), here, unfit=True)
    files = {} if ready.shared else _brought(ready.job, ended)
    return Outcome(ended.status, ended.told, here, ended.seconds, files=files)


def _answer(reference: "ray.ObjectRef[Any]") -> Any:
    """The board's answer. `ray.get` would give this task's processors away while it waits."""
    return reference.future().result(_SILENCE)


def _attended(job: Job, tell: Tell) -> Ended:
    """Runs a job in this process's worker, or one of several devices in a process of its own.

    Hands on what it reports.
    """
    if job.devices > 1:
        own = ("train", str(job.config)) if job.verb == "train" else job.command
        return _watched(ColdProcess(replace(job, command=own), _environment()), job, tell)
    worker = _warm.take(_environment())
    try:
        worker.run(job)
        return _watched(worker, job, tell)
    finally:
        _warm.release()


def _watched(process: ColdProcess | WorkerProcess, job: Job, tell: Tell) -> Ended:
    """Waits for a job's end; stops it when `tell` says so."""
    reports, stopping = Reports(RunFolder(job.folder)), False
    while (ended := process.poll()) is None:
        if tell(reports.new()) and not stopping:
            stopping = True
            process.cancel()
        time.sleep(_POLL)
    tell(reports.new())
    return ended


def _environment() -> dict[str, str]:
    """The devices that Ray has dealt; `trainer.threads` decides for torch."""
    context = ray.get_runtime_context()
    devices = [str(one) for one in context.get_accelerator_ids().get("GPU", [])]
    above = str(Path(plion.__file__).parents[1])
    return {
        "OMP_NUM_THREADS": str(max(1, int(context.get_assigned_resources().get("CPU", 1)))),
        "CUDA_VISIBLE_DEVICES": ",".join(devices),
        "PLION_PLACE": nodes.place(context.get_node_id(), devices),
        "PYTHONPATH": os.pathsep.join(filter(None, [above, os.environ.get("PYTHONPATH")])),
    }


def _brought(job: Job, ended: Ended) -> Files:
    """What the driver needs of a job: all files of a finished run, the log of a failed one."""
    if ended.status == DONE:
        return packed(RunFolder(job.folder))
    return {job.log.name: job.log.read_bytes()} if job.log.is_file() else {}
