"""The runs of a study as jobs, and what their folders say before and after."""

import json
import sys
from pathlib import Path

from plion.config.experiment import to_yaml
from plion.config.layers import leaves, value_at
from plion.config.schema import Experiment
from plion.runs.claims import locate
from plion.runs.folder import RunFolder
from plion.studies.workers import Job
from plion.system.files import atomic_write

# The settings that matter there, and groups of them.
_OF_AN_EVALUATION = (
    *("model.like", "model.attention", "model.encoder_window", "data.context"),
    *("tag.", "trainer.", "evaluate."),
)


def plion(*arguments: str) -> tuple[str, ...]:
    """The command that runs a verb of this very installation."""
    return (sys.executable, "-m", "plion", *arguments)


def training(exp: Experiment, folder: RunFolder) -> Job:
    """`plion train` for a run in its folder, where its configuration is written first."""
    folder.path.mkdir(parents=True, exist_ok=True)
    atomic_write(folder.config, to_yaml(exp))
    return Job(exp.name, plion("train", str(folder.config)), folder.path / "train.log")


def evaluation(exp: Experiment, folder: RunFolder) -> Job:
    """`plion evaluate` for a run that tests the experiment's model as it is.

    Every setting is given: a model that is itself a run would bring its own.
    """
    settings = [
        f"{key}={json.dumps(value_at(exp, key), ensure_ascii=False)}"
        for key, _ in leaves(Experiment)
        if key == "name" or key.startswith(_OF_AN_EVALUATION)
    ]
    command = plion(
        "evaluate", exp.model.name, "--suite", exp.data.suite, "--data", exp.data.root, *settings
    )
    return Job(exp.name, command, folder.path / "evaluate.log")


def found_again(folder: RunFolder) -> RunFolder:
    """Where the run of a folder is by now: another study may have begun it under its own name."""
    name, _, hash8 = folder.path.name.rpartition("-")
    return locate(folder.path.parent, name, hash8)


def mark_failed(job: Job) -> None:
    """Record that a run failed, however its process ended.

    A run that another study has finished, or works at in a folder of its own, is left as it is.
    """
    own = RunFolder(job.log.parent)
    if found_again(own) == own and not own.done():
        own.failed()


def last_line(log: Path) -> str:
    """The last words of a job: what it said was wrong."""
    if not log.is_file():
        return "its log is gone"
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), "no output")
