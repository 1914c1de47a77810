"""`plan --plot`: a one-column chart of planned passes, with language shares and repeats."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter

from plion.config.languages import known_languages
from plion.errors import InputError
from plion.planning.passes import Row, by_language, summed
from plion.planning.planned_run import PlannedRun
from plion.text.languages import Language
from plion.text.shipped import in_order
from plion.typesetting import charts
from plion.typesetting.charts import EDGE, MARKERS, SUFFIXES, WIDTH

_BAR, _MARK = 0.16, 0.055  # inches per bar, per mark
_GAP = 0.09  # inches between corpora
_REST = 1.1  # inches for axes and legends
_UNITS = {
    "utterances": "share",
    "hours": "share_hours",
    "padded": "share_padded",
    "tokens": "share_tokens",
}
_SPREAD = 300  # ratio of the most to the fewest repeats, above which only powers of ten are ticks


def check_chart_path(path: Path) -> None:
    """Raises InputError if a chart cannot be written to this path."""
    if path.suffix not in SUFFIXES:
        raise InputError(f"--plot {path}: the suffix must be one of {', '.join(SUFFIXES)}")
    if not path.parent.is_dir():
        raise InputError(f"--plot {path}: there is no folder {path.parent}")


def draw_shares(runs: Sequence[PlannedRun], path: Path, command: str = "") -> None:
    """Draws the first pass of each run, labelled by its sampler, to a png, pdf or svg file.

    Upper panel: the share of each language in every known unit. Lower panel: repeats of an
    utterance per corpus, on a logarithmic axis. `command`: recorded in the file as its creator.
    Raises InputError as `check` does.
    """
    check_chart_path(path)
    passes = {run.exp.sampler.name: run.first_pass for run in runs}
    with charts.house_style():
        charts.save_chart(_chart(passes, _spoken(runs)), path, command)


def _spoken(runs: Sequence[PlannedRun]) -> list[Language]:
    """The languages of runs, in order."""
    languages = known_languages(runs[0].exp)
    return [languages.row(key) for key in in_order(key for run in runs for key in run.languages)]


def _chart(passes: Mapping[str, Sequence[Row]], spoken: Sequence[Language]) -> Figure:
    rows = next(iter(passes.values()))
    units = {name: key for name, key in _UNITS.items() if getattr(rows[0], key) is not None}
    bars = _BAR * charts.bar_places(len(passes), len(units))
    lines = (_GAP + _MARK * len(passes)) * len(rows)
    figure = Figure(figsize=(WIDTH, bars + lines + _REST), layout="constrained")
    above, below = figure.subplots(2, height_ratios=[bars, lines])
    _shares(above, passes, units, spoken)
    _repeats(below, passes, charts.language_colors(spoken))
    return figure


def _shares(
    panel: Axes,
    passes: Mapping[str, Sequence[Row]],
    units: Mapping[str, str],
    spoken: Sequence[Language],
) -> None:
    named = {}
    for sampler, rows in passes.items():
        sums = [summed(own, language) for language, own in by_language(rows).items()]
        named[sampler] = {
            unit: {one.language: getattr(one, key) for one in sums} for unit, key in units.items()
        }
    charts.share_bars(panel, named, "share of a pass (%)", spoken)


def _repeats(panel: Axes, passes: Mapping[str, Sequence[Row]], colors: Mapping[str, str]) -> None:
    """Draws a line per corpus and a mark per sampler, coloured by language."""
    marks = dict(zip(passes, cycle(MARKERS), strict=False))
    rows = next(iter(passes.values()))
    panel.axvline(1, color="0.6", lw=0.8, zorder=1)
    for number, (sampler, own) in enumerate(passes.items()):
        # Side by side, so that marks of equal repeats do not hide each other.
        beside = (number - (len(passes) - 1) / 2) * _MARK / (_GAP + _MARK * len(passes))
        for place, row in enumerate(own):
            if row.repeats:  # zero has no place on a logarithmic axis
                panel.plot(
                    row.repeats,
                    place + beside,
                    marks[sampler],
                    color=colors[row.language],
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
    """Sets a logarithmic axis that spans the values and 1, with plain numbers as ticks."""
    low, high = min(*values, 1) / 1.5, max(*values, 1) * 1.5
    panel.set(xscale="log", xlim=(low, high))
    panel.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < _SPREAD else (1,)))
    panel.xaxis.set_major_formatter("{x:g}")
    panel.xaxis.set_minor_formatter(NullFormatter())
