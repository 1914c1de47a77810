"""What a short run reports: its curves in TensorBoard and its error rate."""

from collections.abc import Sequence
from dataclasses import dataclass

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from plion.errors import InputError
from plion.runs.folder import RunFolder
from plion.system.documents import read_json


@dataclass(frozen=True)
class Curves:
    """Curves of a short run, per step: losses, gradient norms, wall times (seconds)."""

    losses: Sequence[float]
    norms: Sequence[float]
    times: Sequence[float]


def read_curves(folder: RunFolder) -> Curves:
    """Reads the curves of a run. Raises InputError if no step had readable audio."""
    board = EventAccumulator(str(folder.path), size_guidance={"scalars": 0}).Reload()
    if "train/loss" not in board.Tags()["scalars"]:
        raise InputError("no audio of the rehearsed steps can be read")
    losses, norms = board.Scalars("train/loss"), board.Scalars("train/grad_norm")
    return Curves(
        [one.value for one in losses],
        [one.value for one in norms],
        [one.wall_time for one in losses],
    )


def macro_error(folder: RunFolder) -> float | None:
    """The macro average in metrics.json, in percent; None if there is none."""
    error: float | None = read_json(folder.metrics)["macro_average"]
    return error


def percent(rate: float | None) -> str:
    """An error rate as text."""
    return "no error rate" if rate is None else f"{rate:.1f} % errors"
