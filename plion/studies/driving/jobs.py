"""The runs of a study as jobs of an engine, and their state afterwards."""

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

from plion.config.experiment import to_yaml
from plion.config.schema import Experiment
from plion.runs.claims import alone, locate
from plion.runs.folder import RunFolder
from plion.settings.walk import settings_of, value_at
from plion.studies.engines.engine import REFUSED, Ended, Job
from plion.system.files import atomic_write
from plion.system.locking.locks import Held

# Settings that `plion evaluate` takes as arguments of their own.
_ARGUMENTS = ("model.name", "data.suite", "data.root")


def training(exp: Experiment, folder: RunFolder) -> Job:
    """A job that trains; writes the configuration to the run's folder first."""
    return _job("train", exp, folder, ("train", str(folder.config)))


def evaluation(exp: Experiment, folder: RunFolder) -> Job:
    """A job that tests the experiment's model without training.

    Its command names every setting, because a model that is itself a run would use its own.
    """
    settings = [
        f"{one.key}={json.dumps(value_at(exp, one.key), ensure_ascii=False)}"
        for one in settings_of(Experiment)
        if one.key not in _ARGUMENTS
    ]
    suite = ("--suite", exp.data.suite, "--data", exp.data.root)
    return _job("evaluate", exp, folder, ("evaluate", exp.model.name, *suite, *settings))


def _job(
    verb: Literal["train", "evaluate"], exp: Experiment, folder: RunFolder, command: Sequence[str]
) -> Job:
    folder.path.mkdir(parents=True, exist_ok=True)
    atomic_write(folder.config, to_yaml(exp))
    hash8 = folder.path.name.rpartition("-")[2]
    trainer = exp.trainer
    return Job(
        exp.name,
        verb,
        folder.config,
        hash8,
        tuple(command),
        devices=trainer.devices,
        on_cpu=trainer.accelerator == "cpu",
    )


def current_folder(folder: RunFolder) -> RunFolder:
    """The present folder of a run: another study may have started it under its own name."""
    name, _, hash8 = folder.path.name.rpartition("-")
    return locate(folder.path.parent, name, hash8)


def mark_failed(one: Ended) -> None:
    """Sets the status of a job's run to `failed`, however its process ended.

    Leaves a run alone that another process works on or has finished, here or in its own folder.
    """
    folder = RunFolder(one.job.folder)
    if current_folder(folder) != folder:
        return
    with suppress(Held), alone(folder.path, wait=False):
        if not folder.done():
            told = one.told or last_line(one.job.log)
            folder.failed(error=told, refused=one.status == REFUSED)


def last_line(log: Path) -> str:
    """The last line that a job printed, usually its error."""
    if not log.is_file():
        return "its log is missing"
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), "no output")
