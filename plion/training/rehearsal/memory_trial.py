"""Trial of a batch budget: training on a plan's largest batches in a process of its own.

The process may run out of memory without harm to this one.
"""

import math
import multiprocessing
import os
import sys
import traceback
from contextlib import nullcontext
from copy import deepcopy
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from plion.config.schema import Experiment
from plion.errors import InputError, sentence
from plion.models.device import device
from plion.planning.planned_run import PlannedRun, mixture_plan
from plion.runs.folder import RunFolder
from plion.training.callbacks.ema import averaging
from plion.training.callbacks.out_of_memory import out_of_memory
from plion.training.datamodule import TrainingData
from plion.training.fit import recognizer
from plion.training.processes.launch import machine_count
from plion.training.processes.ranks import Ranks
from plion.training.rehearsal.memory_limits import device_memory, limited_memory, taken_memory
from plion.training.rehearsal.shortened import costliest, excerpt
from plion.training.trainer import lightning_trainer

_CONTEXT = multiprocessing.get_context("forkserver")  # a server that never initialised a device


@dataclass(frozen=True)
class Trial:
    """Result of training with a budget of `seconds` a batch.

    `used`: cost of the costliest batch, in seconds. `peak`: peak bytes on the device, None if
    `limit` (bytes) was exceeded.
    """

    seconds: int
    used: float
    peak: int | None
    limit: int


def try_budget(exp: Experiment, seconds: int, limit: int | None) -> Trial:
    """Trains on the costliest batches of the plan with this budget and measures the memory.

    Includes weights, gradients and the optimiser's moments. `limit`: bytes per device, None for
    what is free. Raises InputError as planning and loading do.
    """
    with TemporaryDirectory(prefix="plion-") as folder:  # removed even if the process is killed
        return _tried(exp, seconds, limit, Path(folder))


def _tried(exp: Experiment, seconds: int, limit: int | None, folder: Path) -> Trial:
    _CONTEXT.set_forkserver_preload([__name__])
    receiver, sender = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(
        target=_try, args=(exp, seconds, limit, folder), kwargs={"sender": sender}, daemon=True
    )
    process.start()
    sender.close()
    told: list[Any] = []
    try:
        while len(told) < 2:
            told.append(receiver.recv())
            if isinstance(told[-1], Exception):
                raise told[-1]
    except EOFError:  # killed, as by the system when memory runs out
        process.join()
        if not told:
            raise RuntimeError(f"a trial has died ({process.exitcode})") from None
        told.append(None)
    finally:
        process.kill()
        process.join()
    (used, limit), peak = told
    return Trial(seconds, used, peak, limit)


def _try(
    exp: Experiment, seconds: int, limit: int | None, folder: Path, *, sender: Connection
) -> None:
    """Sends (cost of the costliest batch, limit), then the peak; or the exception."""
    with open(os.devnull, "w") as nowhere:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(nowhere.fileno(), stream.fileno())
    try:
        torch.set_num_threads(exp.trainer.threads)
        planned = _worst(exp, seconds)
        free = _limit(exp)
        sender.send((float(planned.plan.cost.max()), limit or free))
        sender.send(_peak(planned, exp, limit or free, folder))
    except Exception as error:
        told = sentence(error)
        sender.send(InputError(told) if told else RuntimeError(traceback.format_exc()))


def _limit(exp: Experiment) -> int:
    """Bytes per device; processes on CPUs share the memory of their machine."""
    kind = device(exp.trainer.accelerator)
    return device_memory(kind) // (_on_this_machine(exp) if kind.type == "cpu" else 1)


def _on_this_machine(exp: Experiment) -> int:
    """Devices of the run on this machine, if divided over the machines of this job."""
    return math.ceil(exp.trainer.devices / machine_count())


def _worst(exp: Experiment, seconds: int) -> PlannedRun:
    """A run of the plan's cheapest batch, which creates the optimiser's moments, and its costliest.

    If steps have several batches, its steps have two, so that the second batch runs while the
    gradients of the first are held.
    """
    changed = deepcopy(exp)
    changed.batch.seconds = seconds
    planned = mixture_plan(changed)
    each = min(2, exp.batch.per_step // exp.trainer.devices)
    changed.batch.per_step = each
    changed.trainer.devices = changed.trainer.checkpoints = 1
    changed.trainer.validations = changed.trainer.workers = 0
    batches = [int(planned.plan.cost.argmin()), *costliest(planned.plan)]
    return excerpt(planned, [number for number in batches for _ in range(each)], changed)


def _peak(planned: PlannedRun, whole: Experiment, limit: int, folder: Path) -> int | None:
    """Peak bytes of training on a device, or None if memory ran out."""
    try:
        loaded, module = recognizer(planned)
        # Averaging is the only callback that takes memory on the device.
        trainer = lightning_trainer(RunFolder(folder), planned, averaging(planned.exp), Ranks(1))
        on_machine = trainer.strategy.root_device.type == "cpu"
        with limited_memory(limit) if on_machine else nullcontext():
            trainer.fit(module, TrainingData(planned, loaded, []))
    except (RuntimeError, MemoryError) as error:
        if out_of_memory(error):
            return None
        raise
    trained = [p for p in module.parameters() if p.requires_grad]
    # With several devices, DDP communicates a copy of the gradients.
    copied = sum(p.numel() * p.element_size() for p in trained) if whole.trainer.devices > 1 else 0
    return taken_memory(trainer.strategy.root_device) + copied
