"""How systems are told apart in charts: a mark for the first axis, a panel for the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from matplotlib.lines import Line2D

from plion.results.analysis.systems import System, systems
from plion.results.reading.study import Study
from plion.typesetting.charts import EDGE, GREY, MARKERS

_CHARACTERS = 18  # of a legend, an inch
_MARK_ROOM = 5  # characters that a mark and the space about it take
BASE: dict[str, Any] = {"marker": "|", "color": "black", "ls": "", "mew": 1.2}


@dataclass(frozen=True)
class Marked:
    """The scored systems of a study by what tells them apart.

    base: the one without labels. panels: by the labels of the other axes, and then by the label of
    the first axis; systems that were told the language have panels of their own. markers: by label
    of the first axis; of single runs, by name.
    """

    study: Study
    base: System | None
    panels: dict[str, dict[str, System]]
    markers: dict[str, str]


def marked(study: Study) -> Marked:
    """Samplers have marks and tag policies panels, as they stand among the axes.

    The axis of samplers comes first, wherever it stands; then the order of the axes.
    """
    scored = [system for system in systems(study) if system.runs]
    if not study.axes:
        panels = {"": {system.name: system for system in scored}}
        return Marked(study, None, panels, _markers([system.name for system in scored]))
    axes = list(study.axes)
    first = next((axes.index(name) for name in axes if name.startswith("sampler")), 0)
    grid: dict[str, dict[str, System]] = {}
    for system in scored:
        if system.labels:
            others = [
                f"{axis} {label}"
                for place, (axis, label) in enumerate(zip(axes, system.labels, strict=True))
                if place != first
            ]
            panel = ", ".join(others) + (" (forced)" if system.forced else "")
            grid.setdefault(panel.strip(), {})[system.labels[first]] = system
    base = next((system for system in scored if not system.labels), None)
    return Marked(study, base, grid, _markers(study.axes[axes[first]]))


def _markers(names: Sequence[str]) -> dict[str, str]:
    return dict(zip(names, cycle(MARKERS), strict=False))


def legend_columns(entries: Sequence[Line2D], width: float) -> int:
    """How many columns of a legend fit so many inches: all in one line, or those of the longest."""
    room = width * _CHARACTERS
    taken = [len(str(entry.get_label())) + _MARK_ROOM for entry in entries]
    return len(entries) if sum(taken) <= room else max(1, int(room / max(taken)))


def legend_entries(found: Marked, *, filled: bool = True) -> list[Line2D]:
    """A grey mark for each label, or one that is not filled, and the base's."""
    grey = {"color": GREY, "ls": "", "fillstyle": "full" if filled else "none", **EDGE}
    entries = [
        Line2D([], [], marker=mark, label=name, **grey) for name, mark in found.markers.items()
    ]
    return entries + ([Line2D([], [], label="base", **BASE)] if found.base else [])
