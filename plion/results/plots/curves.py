"""Chart of curves: error against hours, steps, tokens and cost, a line for each configuration."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter, NullLocator

from plion.results.budgets.curves import QUANTITIES, Curve, curves, shared_quantities
from plion.results.plots.marks import legend_columns
from plion.results.reading.study import Study
from plion.results.tables.notes import intervals_note
from plion.typesetting.charts import EDGE, MARKERS, WIDTH

_HEIGHT = 2.3  # inches of a row of panels
_LINE = 0.16  # inches of a line of the legend
_ACROSS = 2  # panels side by side
_SHADES = ("black", "0.55", "0.3", "0.7")
_FILLS = ("white", "0.75", "0.45", "0.15")
_APART = 0.012  # between curves at one budget, as part of the amount


def curves_chart(study: Study) -> tuple[Figure | None, str]:
    """A panel per quantity, log axis; the macro average with its 95 % interval at each budget."""
    found = [curve for curve in curves(study) if any(curve.points)]
    names = shared_quantities(found)
    if not names:
        return None, "not drawn, as no run says what it was trained on."
    entries = [
        Line2D([], [], label=curve.name, **_style(number)) for number, curve in enumerate(found)
    ]
    across = min(_ACROSS, len(names))
    down = -(-len(names) // across)
    columns = legend_columns(entries, WIDTH * across)
    height = _HEIGHT * down + _LINE * -(-len(entries) // columns)
    figure = Figure(figsize=(WIDTH * across, height), layout="constrained")
    panels = figure.subplots(down, across, sharey=True, squeeze=False).ravel().tolist()
    for panel, name in zip(panels, names, strict=False):
        _panel(panel, found, name)
    for panel in panels[len(names) :]:
        panel.set_visible(False)
    for panel in panels[::across]:
        panel.set_ylabel("macro average of errors (%)")
    figure.legend(
        handles=entries, loc="outside upper center", ncols=columns, frameon=False,
        handletextpad=0.4, columnspacing=1.2,
    )  # fmt: skip
    return figure, (
        "Macro average of the errors with its 95 % interval against what was trained on, at each "
        "budget; amounts are means over seeds, on logarithmic axes. Curves are drawn a little "
        f"beside each other where their amounts are equal. {intervals_note(study)}"
    )


def _panel(panel: Axes, found: Sequence[Curve], name: str) -> None:
    ticks: dict[float, None] = {}
    for number, curve in enumerate(found):
        beside = 1 + _APART * (number - (len(found) - 1) / 2)
        points = [point for point in curve.points if point]
        places = [point.amounts[name] * beside for point in points]
        for place, point in zip(places, points, strict=True):
            if point.rate.known:
                ends = [point.rate.low, point.rate.high]
                panel.plot([place, place], ends, color="0.35", lw=0.7, zorder=2)
        rates = [point.rate.value for point in points]
        panel.plot(places, rates, zorder=3, **_style(number))
        if number == 0:
            ticks |= dict.fromkeys(point.amounts[name] for point in points)
    panel.set_xscale("log")
    panel.set_xticks(
        list(ticks), [f"{tick:,.3g}" if tick < 1000 else f"{tick:,.0f}" for tick in ticks]
    )
    panel.xaxis.set_minor_locator(NullLocator())
    panel.xaxis.set_minor_formatter(NullFormatter())
    panel.set_xlabel(QUANTITIES[name] if name != "cost" else "cost of training")
    panel.set_ylim(bottom=0)
    panel.grid(color="0.85", lw=0.5)
    panel.set_axisbelow(True)


def _style(number: int) -> dict[str, Any]:
    """The mark, shade and line of a curve by its number."""
    mark = MARKERS[number % len(MARKERS)]
    shade, fill = _SHADES[number % len(_SHADES)], _FILLS[number % len(_FILLS)]
    line = ("-", "--", ":", "-.")[number % 4]
    return {"marker": mark, "color": shade, "ls": line, "lw": 0.9, "mfc": fill, **EDGE}
