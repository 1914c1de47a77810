"""Chart of errors: every system on every test set, with intervals."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from plion.results.analysis.systems import System, system_rates
from plion.results.plots.marks import BASE, Marked, legend_columns, legend_entries, marked
from plion.results.reading.study import Study
from plion.scoring.statistics.averages import MACRO
from plion.scoring.statistics.rate import Rate
from plion.typesetting.charts import EDGE, GREY, WIDTH, language_colors

_MARK, _GAP = 0.062, 0.08  # inches per mark, between test sets
_REST, _LINE = 0.6, 0.14  # inches for axis and title, per line of the legend
_TICKS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500)  # percent
_APART = 0.05  # least distance between two ticks, as part of the axis
_ACROSS = 2  # panels side by side


def errors_chart(study: Study) -> tuple[Figure | None, str]:
    """A line per test set, a mark with 95 % interval per system, a panel per other labels."""
    found = marked(study)
    keys = list(dict.fromkeys(row.key for run in study.runs for row in run.benchmarks))
    names = [*keys, MACRO]
    across = max(1, min(_ACROSS, len(found.panels)))
    down = max(1, -(-len(found.panels) // across))
    entries = legend_entries(found)
    columns = legend_columns(entries, WIDTH * across)
    height = (_GAP + _MARK * len(found.markers)) * len(names) + _REST
    above = _LINE * -(-len(entries) // max(1, columns))
    figure = Figure(figsize=(WIDTH * across, height * down + above), layout="constrained")
    panels = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False).ravel().tolist()
    for panel, (title, systems) in zip(panels, found.panels.items(), strict=False):
        _panel(panel, names, systems, found)
        panel.set_title(title, size=7)
    for panel in panels[len(found.panels) :]:
        panel.set_visible(False)
    _axis(panels, found)
    figure.legend(
        handles=entries, loc="outside upper center", ncols=columns, frameon=False,
        handletextpad=0.4, columnspacing=1.2,
    )  # fmt: skip
    colors = ", ".join(dict.fromkeys(_languages(found.panels)))
    caption = (
        f"Errors on each test set, with 95 % intervals; colours are languages ({colors}), grey the "
        "macro average; the axis is of square roots."
    )
    return figure, caption


def _languages(panels: Mapping[str, Mapping[str, System]]) -> list[str]:
    systems = [system for own in panels.values() for system in own.values()]
    return [row.spoken.name for system in systems for row in system.runs[0].benchmarks]


def _panel(panel: Axes, names: Sequence[str], systems: Mapping[str, System], found: Marked) -> None:
    colors = language_colors(found.study.spoken.values())
    step = _MARK / (_GAP + _MARK * len(found.markers))
    for number, (label, marker) in enumerate(found.markers.items()):
        if label in systems:
            made = system_rates(found.study, systems[label])
            # Side by side, so that marks of equal rates do not hide each other.
            beside = (number - (len(found.markers) - 1) / 2) * step
            for place, name in enumerate(names):
                if name in made:
                    color = colors.get(made[name].language, GREY)
                    _mark(panel, made[name], place + beside, marker=marker, color=color)
    if found.base and all(system.forced == found.base.forced for system in systems.values()):
        made = system_rates(found.study, found.base)
        tall = 72 * _MARK * (len(found.markers) + 1)  # points: taller than marks that may hide it
        for place, name in enumerate(names):
            if name in made:
                panel.plot(made[name].value, place, markersize=tall, zorder=1.5, **BASE)
    panel.set_yticks(range(len(names)), names)
    panel.set_ylim(len(names) - 0.5, -0.5)
    panel.tick_params(axis="y", length=0)
    for place in range(1, len(names), 2):
        panel.axhspan(place - 0.5, place + 0.5, color="0.95", lw=0, zorder=0)
    panel.axhline(len(names) - 1.5, color="0.4", lw=0.6)
    panel.grid(axis="x", color="0.85", lw=0.5)
    panel.set_axisbelow(True)


def _mark(panel: Axes, rate: Rate, place: float, *, marker: str, color: str) -> None:
    if rate.known:
        panel.plot([rate.low, rate.high], [place, place], color="0.35", lw=0.7, zorder=2)
    # clip_on=False shows a mark at 0 completely.
    panel.plot(rate.value, place, marker, color=color, zorder=3, clip_on=False, **EDGE)


def _axis(panels: Sequence[Axes], found: Marked) -> None:
    """Sets a square-root axis, which separates errors near 0 as well as near 100 %."""
    high = max(panel.dataLim.x1 for panel in panels)
    for panel in panels:
        panel.set_xscale("function", functions=(_root, np.square))
        panel.set_xlim(0, max(high, 1) * 1.05)
        panel.xaxis.set_major_locator(FixedLocator(_ticks(high)))
        panel.xaxis.set_major_formatter("{x:g}")
    for panel in panels[-_ACROSS:]:
        panel.set_xlabel("error (%)")


def _ticks(high: float) -> list[int]:
    """Ticks up to the highest error that do not overlap."""
    ticks: list[int] = []
    for tick in _TICKS:
        if not ticks or (tick <= high and tick**0.5 - ticks[-1] ** 0.5 > _APART * high**0.5):
            ticks.append(tick)
    return ticks


def _root(values: np.ndarray) -> np.ndarray:
    roots: np.ndarray = np.sqrt(np.maximum(values, 0))
    return roots
