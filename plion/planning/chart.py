"""Planned passes as a chart for a paper's column: language shares, and repeats of utterances."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter

from plion.errors import InputError
from plion.planning.passes import Row, by_language, summed
from plion.planning.planned_run import PlannedRun
from plion.typesetting import charts
from plion.typesetting.charts import COLORS, EDGE, MARKERS, SUFFIXES, WIDTH

_BAR, _MARK = 0.16, 0.055  # inches of a bar, and of a mark
_GAP = 0.09  # inches between corpora
_REST = 1.1  # inches of axes and legends
_UNITS = {
    "utterances": "share",
    "hours": "share_hours",
    "padded": "share_padded",
    "tokens": "share_tokens",
}
_SPREAD = 300  # of repeats, from which on the axis has room for powers of ten alone


def check_chart_path(path: Path) -> None:
    """Raises InputError for a file that no chart can be written to."""
    if path.suffix not in SUFFIXES:
        raise InputError(f"--plot {path}: the suffix must be one of {', '.join(SUFFIXES)}")
    if not path.parent.is_dir():
        raise InputError(f"--plot {path}: there is no folder {path.parent}")


def draw_shares(runs: Sequence[PlannedRun], path: Path, command: str = "") -> None:
    """Draws the first pass of each run, called by its sampler, to a png, pdf or svg file.

    Above: the share of each language in every unit that is known. Below: how often a pass repeats
    an utterance of each corpus, on a logarithmic axis. `command`: what the file says made it.
    Raises InputError as `check` does.
    """
    check_chart_path(path)
    passes = {run.exp.sampler.name: run.first_pass for run in runs}
    with charts.house_style():
        charts.save_chart(_chart(passes), path, command)


def _chart(passes: Mapping[str, Sequence[Row]]) -> Figure:
    rows = next(iter(passes.values()))
    units = {name: key for name, key in _UNITS.items() if getattr(rows[0], key) is not None}
    bars = _BAR * charts.bar_places(len(passes), len(units))
    lines = (_GAP + _MARK * len(passes)) * len(rows)
    figure = Figure(figsize=(WIDTH, bars + lines + _REST), layout="constrained")
    above, below = figure.subplots(2, height_ratios=[bars, lines])
    _shares(above, passes, units)
    _repeats(below, passes)
    return figure


def _shares(panel: Axes, passes: Mapping[str, Sequence[Row]], units: Mapping[str, str]) -> None:
    named = {}
    for sampler, rows in passes.items():
        sums = [summed(own, language) for language, own in by_language(rows).items()]
        named[sampler] = {
            unit: {one.language: getattr(one, key) for one in sums} for unit, key in units.items()
        }
    charts.share_bars(panel, named, "share of a pass (%)")


def _repeats(panel: Axes, passes: Mapping[str, Sequence[Row]]) -> None:
    """A line a corpus, a mark a sampler, coloured by language."""
    marks = dict(zip(passes, cycle(MARKERS), strict=False))
    rows = next(iter(passes.values()))
    panel.axvline(1, color="0.6", lw=0.8, zorder=1)
    for number, (sampler, own) in enumerate(passes.items()):
        # Beside each other, or those of equal repeats would hide each other.
        beside = (number - (len(passes) - 1) / 2) * _MARK / (_GAP + _MARK * len(passes))
        for place, row in enumerate(own):
            if row.repeats:  # else it has no place on the axis
                panel.plot(
                    row.repeats,
                    place + beside,
                    marks[sampler],
                    color=COLORS[row.language],
                    **EDGE,
                )
    _logarithmic(panel, [row.repeats for own in passes.values() for row in own if row.repeats])
    panel.set_yticks(range(len(rows)), [row.dataset for row in rows])
    panel.set(ylim=(len(rows) - 0.5, -0.5), xlabel="repeats of an utterance in a pass")
    for place in range(1, len(rows), 2):
        panel.axhspan(place - 0.5, place + 0.5, color="0.95", lw=0, zorder=0)
    panel.grid(axis="x", color="0.85", lw=0.5)
    panel.set_axisbelow(True)
    panel.tick_params(axis="y", length=0)
    if len(passes) > 1:
        grey = {"color": "0.7", "ls": "", **EDGE}
        shown = [Line2D([], [], marker=marks[name], label=name, **grey) for name in passes]
        charts.legend(panel, shown, columns=3)


def _logarithmic(panel: Axes, values: Sequence[float]) -> None:
    """A logarithmic axis about the values and 1, its ticks plain numbers."""
    low, high = min(*values, 1) / 1.5, max(*values, 1) * 1.5
    panel.set(xscale="log", xlim=(low, high))
    panel.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < _SPREAD else (1,)))
    panel.xaxis.set_major_formatter("{x:g}")
    panel.xaxis.set_minor_formatter(NullFormatter())
