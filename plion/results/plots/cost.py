"""Chart of errors against the cost of training: money, or time if there is no price."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, zip_longest
from statistics import fmean

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from plion.results.analysis.systems import System, system_rates
from plion.results.plots.marks import Marked, legend_columns, legend_entries, marked
from plion.results.reading.study import Study
from plion.results.tables.notes import intervals_note
from plion.scoring.statistics.averages import MACRO
from plion.scoring.statistics.rate import printed
from plion.typesetting.charts import EDGE, GREY, WIDTH

_HEIGHT = 2.4
_SHADES = ("white", "0.75", "0.45", "0.15")  # one per panel of the other charts
# Key of run.json: label of the axis, divisor of the recorded value.
_COSTS = {
    "cost": ("cost of training", 1),
    "train_seconds": ("training time (h)", 3600),
    "audio_hours_trained": ("audio trained on (h)", 1),
}


@dataclass(frozen=True)
class _Place:
    """A system in the chart: its panel in the other charts, its label, its cost of training."""

    panel: str
    label: str
    system: System
    cost: float


def cost_chart(study: Study) -> tuple[Figure | None, str]:
    """A mark per system: its macro average with interval against the mean cost of its seeds."""
    found = marked(study)
    every = [
        (panel, label, system)
        for panel, own in found.panels.items()
        for label, system in own.items()
        if MACRO in system_rates(found.study, system) and not system.again
    ]
    # Systems that were only decoded, such as a base, have no cost of training.
    drawn = [row for row in every if any(_cost(row[-1], name) is not None for name in _COSTS)]
    known = [name for name in _COSTS if all(_cost(row[-1], name) is not None for row in drawn)]
    if not drawn or not known:
        return None, "not drawn, as the runs do not say what their training cost."
    of_axis, unit = _COSTS[known[0]]
    places = [_Place(*row, cost=(_cost(row[-1], known[0]) or 0.0) / unit) for row in drawn]
    left = [system.name for *row, system in every if (*row, system) not in drawn]
    return _chart(found, places, of_axis), _caption(found, of_axis, left)


def _chart(found: Marked, places: Sequence[_Place], of_axis: str) -> Figure:
    figure = Figure(figsize=(WIDTH, _HEIGHT), layout="constrained")
    panel = figure.subplots()
    titles = dict.fromkeys(one.panel for one in places)
    shades = dict(zip(titles, cycle(_SHADES if len(titles) > 1 else [GREY]), strict=False))
    for one in places:
        rate = system_rates(found.study, one.system)[MACRO]
        if rate.known:
            ends = [rate.low, rate.high]
            panel.plot([one.cost, one.cost], ends, color="0.35", lw=0.7, zorder=2)
        mark, shade = found.markers[one.label], shades[one.panel]
        panel.plot(one.cost, rate.value, mark, color=shade, zorder=3, **EDGE)
    panel.set(xlabel=of_axis, ylabel="macro average of errors (%)")
    panel.margins(0.08)
    panel.set_xlim(left=0)  # otherwise nearly equal costs would lie far apart
    panel.grid(color="0.85", lw=0.5)
    panel.set_axisbelow(True)
    entries, columns = _entries(found, shades)
    figure.legend(
        handles=entries, loc="outside upper center", ncols=columns, frameon=False,
        handletextpad=0.4, columnspacing=1.2,
    )  # fmt: skip
    return figure


def _caption(found: Marked, of_axis: str, left: Sequence[str]) -> str:
    caption = (
        f"Macro average of the errors with its 95 % interval against {of_axis}; training alone, "
        f"without validation and test. {intervals_note(found.study)}"
    )
    if left:
        caption += f" Not drawn, as they do not say: {', '.join(left)}."
    if found.base and (base := system_rates(found.study, found.base).get(MACRO)):
        caption += f" The base, outside the chart: {printed(base)} %."
    return caption


def _entries(found: Marked, shades: Mapping[str, str]) -> tuple[list[Line2D], int]:
    """Entries of the legend: marks in one line, and the shades, if any, in a second."""
    # If shades distinguish panels, marks are not filled.
    every = legend_entries(found, filled=len(shades) < 2)
    above = [entry for entry in every if entry.get_label() != "base"]
    if len(shades) < 2:
        return above, legend_columns(above, WIDTH)
    below = [
        Line2D([], [], marker="h", ls="", color=shade, label=title, **EDGE)
        for title, shade in shades.items()
    ]
    columns = max(len(above), len(below))
    if columns > legend_columns([*above, *below], WIDTH):  # too wide for two lines
        return [*above, *below], legend_columns([*above, *below], WIDTH)
    blank = Line2D([], [], ls="", label=" ")
    # A legend is filled column by column.
    pairs = zip_longest(above, below, fillvalue=blank)
    return [entry for pair in pairs for entry in pair], columns


def _cost(system: System, name: str) -> float | None:
    values = [one for run in system.runs if (one := getattr(run.record, name)) is not None]
    return fmean(values) if len(values) == len(system.runs) else None
