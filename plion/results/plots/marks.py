"""Marks and panels of systems in charts: a mark per label of one axis, a panel per other labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from matplotlib.lines import Line2D

from plion.results.analysis.systems import System, systems
from plion.results.reading.study import Study
from plion.typesetting.charts import EDGE, GREY, MARKERS

_CHARACTERS = 18  # characters of a legend per inch
_MARK_ROOM = 5  # width of a mark with its space, in characters
BASE: dict[str, Any] = {"marker": "|", "color": "black", "ls": "", "mew": 1.2}


@dataclass(frozen=True)
class Marked:
    """The scored systems of a study, arranged for a chart.

    base: the system without labels. panels: systems by the labels of the other axes, then by the
    label of the marked axis; forced systems have panels of their own. markers: by label of the
    marked axis, or by name for single runs.
    """

    study: Study
    base: System | None
    panels: dict[str, dict[str, System]]
    markers: dict[str, str]


def marked(study: Study) -> Marked:
    """Arranges systems: marks for the samplers' axis (or the first), panels for the others."""
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
    """Number of legend columns that fit `width` inches: all entries, or as the longest allows."""
    room = width * _CHARACTERS
    taken = [len(str(entry.get_label())) + _MARK_ROOM for entry in entries]
    return len(entries) if sum(taken) <= room else max(1, int(room / max(taken)))


def legend_entries(found: Marked, *, filled: bool = True) -> list[Line2D]:
    """Legend entries: a mark per label, grey or not `filled`, and that of the base."""
    grey = {"color": GREY, "ls": "", "fillstyle": "full" if filled else "none", **EDGE}
    entries = [
        Line2D([], [], marker=mark, label=name, **grey) for name, mark in found.markers.items()
    ]
    return entries + ([Line2D([], [], label="base", **BASE)] if found.base else [])
