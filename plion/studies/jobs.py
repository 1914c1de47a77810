"""The runs of a study as jobs (`plion train`, `plion evaluate`), and their state afterwards."""

import json
import sys
from pathlib import Path

from plion.config.experiment import to_yaml
from plion.config.schema import Experiment
from plion.runs.claims import locate
from plion.runs.folder import RunFolder
from plion.settings.walk import settings_of, value_at
from plion.studies.workers import Job
from plion.system.files import atomic_write

# Settings that `plion evaluate` takes as arguments of their own.
_ARGUMENTS = ("model.name", "data.suite", "data.root")


def plion(*arguments: str) -> tuple[str, ...]:
    """The command line of a verb of this installation."""
    return (sys.executable, "-m", "plion", *arguments)


def training(exp: Experiment, folder: RunFolder) -> Job:
    """A `plion train` job; writes the configuration to the run's folder first."""
    folder.path.mkdir(parents=True, exist_ok=True)
    atomic_write(folder.config, to_yaml(exp))
    return Job(exp.name, plion("train", str(folder.config)), folder.path / "train.log")


def evaluation(exp: Experiment, folder: RunFolder) -> Job:
    """A `plion evaluate` job that tests the experiment's model without training.

    Passes every setting, because a model that is itself a run would use its own.
    """
    settings = [
        f"{one.key}={json.dumps(value_at(exp, one.key), ensure_ascii=False)}"
        for one in settings_of(Experiment)
        if one.key not in _ARGUMENTS
    ]
    command = plion(
        "evaluate", exp.model.name, "--suite", exp.data.suite, "--data", exp.data.root, *settings
    )
    return Job(exp.name, command, folder.path / "evaluate.log")


def current_folder(folder: RunFolder) -> RunFolder:
    """The present folder of a run: another study may have started it under its own name."""
    name, _, hash8 = folder.path.name.rpartition("-")
    return locate(folder.path.parent, name, hash8)


def mark_failed(job: Job) -> None:
    """Sets a run's status to `failed`, however its process ended.

    Leaves a run alone that another study has finished or is running in its own folder.
    """
    own = RunFolder(job.log.parent)
    if current_folder(own) == own and not own.done():
        own.failed()


def last_line(log: Path) -> str:
    """The last line that a job printed, usually its error."""
    if not log.is_file():
        return "its log is missing"
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), "no output")
