"""A study's folder to watch: what stands in it, and its state."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from plion.runs.folder import RunFolder
from plion.runs.reports import Report
from plion.studies.watching.estimate import state_of
from plion.studies.watching.reading import StudyFile
from plion.studies.watching.state import State

NAMES = ("base", "grid-a-s0", "grid-a-s1", "grid-b-s0", "grid-b-s1")
Write = Callable[..., RunFolder]


def digits(name: str) -> str:
    return f"{NAMES.index(name):08x}"


def state(study: Path, places: tuple[str, ...] = ()) -> State:
    return state_of(*StudyFile(study).read(), places)


def report(step: int, seconds: float, left: float | None, **more: Any) -> Report:
    values = {"held": step / 100, "hours": step / 100, "place": "worker 1"} | more
    return Report(step=step, steps=200, seconds=seconds, left=left, **values)


DONE = {
    "status": "done",
    "attempts": 1,
    "start": "2026-11-30T02:00:00+00:00",
    "end": "2026-11-30T02:05:00+00:00",
    "cost": 2.0,
}  # in five minutes
