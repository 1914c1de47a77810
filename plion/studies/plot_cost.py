"""The figure of errors against what training cost: money, or time where there is no price."""

from collections.abc import Mapping
from itertools import cycle, zip_longest
from statistics import fmean

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from plion.plotting import EDGE, GREY, WIDTH
from plion.studies.cells import MACRO, Cell, cell_figures
from plion.studies.collect import Study
from plion.studies.plot_marks import Marked, legend_columns, legend_entries, marked

_HEIGHT = 2.4
_SHADES = ("white", "0.75", "0.45", "0.15")  # of the panels of other figures
# What a run's training cost, the axis, and how many of what is recorded make one of it.
_COSTS = {
    "cost": ("cost of training", 1),
    "train_seconds": ("training time (h)", 3600),
    "audio_hours_trained": ("audio trained on (h)", 1),
}


def cost_figure(study: Study) -> tuple[Figure | None, str]:
    """A mark a cell: its macro average with the interval, against the mean cost of its seeds."""
    found = marked(study)
    every = [
        (title, label, cell)
        for title, own in found.panels.items()
        for label, cell in own.items()
        if MACRO in cell_figures(cell)
    ]
    # What was only decoded, as a base beside single runs, has cost nothing of what is shown.
    drawn = [row for row in every if any(_cost(row[-1], name) is not None for name in _COSTS)]
    known = [name for name in _COSTS if all(_cost(cell, name) is not None for *_, cell in drawn)]
    if not drawn or not known:
        return None, "not drawn, as the runs do not say what their training cost."
    label_of_axis, unit = _COSTS[known[0]]
    figure = Figure(figsize=(WIDTH, _HEIGHT), layout="constrained")
    panel = figure.subplots()
    shades = dict(
        zip(found.panels, cycle(_SHADES if len(found.panels) > 1 else [GREY]), strict=False)
    )
    for title, label, cell in drawn:
        rate, place = cell_figures(cell)[MACRO], (_cost(cell, known[0]) or 0.0) / unit
        if np.isfinite(rate.low):
            panel.plot([place, place], [rate.low, rate.high], color="0.35", lw=0.7, zorder=2)
        panel.plot(place, rate.rate, found.markers[label], color=shades[title], zorder=3, **EDGE)
    panel.set(xlabel=label_of_axis, ylabel="macro average of errors (%)")
    panel.margins(0.08)
    panel.set_xlim(left=0)  # or what costs the same would lie far apart
    panel.grid(color="0.85", lw=0.5)
    panel.set_axisbelow(True)
    entries, columns = _entries(found, shades)
    figure.legend(
        handles=entries, loc="outside upper center", ncols=columns, frameon=False,
        handletextpad=0.4, columnspacing=1.2,
    )  # fmt: skip
    caption = (
        f"Macro average of the errors with its 95 % interval against {label_of_axis}; of training "
        "alone, without validation and test."
    )
    if len(drawn) < len(every):
        left = ", ".join(row[-1].name for row in every if row not in drawn)
        caption += f" Not drawn, as they do not say: {left}."
    if found.base and MACRO in cell_figures(found.base):
        caption += f" The base, outside the figure: {cell_figures(found.base)[MACRO].rate:.2f} %."
    return figure, caption


def _entries(found: Marked, shades: Mapping[str, str]) -> tuple[list[Line2D], int]:
    """The marks in one line of the legend, and under them what the shades are, if there are any."""
    above = [entry for entry in legend_entries(found) if entry.get_label() != "base"]
    if len(shades) < 2:
        return above, legend_columns(above, WIDTH)
    below = [
        Line2D([], [], marker="h", ls="", color=shade, label=title, **EDGE)
        for title, shade in shades.items()
    ]
    columns = max(len(above), len(below))
    if columns > legend_columns([*above, *below], WIDTH):  # one below the other after all
        return [*above, *below], legend_columns([*above, *below], WIDTH)
    blank = Line2D([], [], ls="", label=" ")
    # A legend is filled column by column.
    pairs = zip_longest(above, below, fillvalue=blank)
    return [entry for pair in pairs for entry in pair], columns


def _cost(cell: Cell, name: str) -> float | None:
    values = [run.record[name] for run in cell.runs if run.record.get(name) is not None]
    return fmean(values) if len(values) == len(cell.runs) else None
