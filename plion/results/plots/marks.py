"""Marks and panels of systems in charts: a mark per label of one axis, a panel per other labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from matplotlib.lines import Line2D

from plion.results.analysis.systems import System, systems
from plion.results.reading.study import VARIANT, Study
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
    """Arranges systems: marks for the samplers' axis (or the first), panels for the others.

    An axis of the same group as the marked one that some systems have no label on, as a parameter
    of one sampler, is marked with it. Variants have a panel of their own, and their names as marks.
    """
    scored = [system for system in systems(study) if system.runs]
    if not study.axes:
        panels = {"": {system.name: system for system in scored}}
        return Marked(study, None, panels, _markers([system.name for system in scored]))
    shown = _marked_axes(study)
    grid: dict[str, dict[str, System]] = {}
    for system in scored:
        if system.labels:
            panel, mark = _place(study, shown, system.labels)
            panel += " (forced)" if system.forced else ""
            grid.setdefault(panel.strip(), {})[mark] = system
    base = next((system for system in scored if not system.labels), None)
    marks = [_place(study, shown, labels)[1] for labels in study.cells] + [*study.variants]
    return Marked(study, base, grid, _markers(list(dict.fromkeys(marks))))


def _place(study: Study, shown: Sequence[str], labels: Mapping[str, str]) -> tuple[str, str]:
    """The panel of a cell and its mark there."""
    if study.variants and VARIANT in labels:
        return f"{VARIANT}s", labels[VARIANT]
    mark = ", ".join(labels[axis] for axis in shown if axis in labels)
    others = [f"{axis} {label}" for axis, label in labels.items() if axis not in shown]
    return ", ".join(others), mark or f"no {shown[0]}"


def _marked_axes(study: Study) -> list[str]:
    """The axis that marks stand for, and those that only some of its labels have."""
    axes = list(study.axes)
    first = next((name for name in axes if name.startswith("sampler")), axes[0])
    group = first.partition(".")[0]
    partial = [
        axis
        for axis in axes
        if axis.partition(".")[0] == group and any(axis not in cell for cell in study.cells)
    ]
    return list(dict.fromkeys([first, *partial]))


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
