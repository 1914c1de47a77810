"""Planned passes as a figure for a paper's column: language shares, and repeats of utterances."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, NullFormatter
from matplotlib.typing import RcKeyType

from plion.errors import InputError
from plion.languages import LANGUAGES
from plion.planning.passes import Row, by_language, first_pass, summed
from plion.planning.plans import PlannedRun
from plion.runs import replacing

SUFFIXES = (".png", ".pdf", ".svg")

_WIDTH = 3.4  # inches: a column of most two-column papers
_BAR, _MARK = 0.16, 0.055  # inches of a bar, and of a mark
_GAP = 0.09  # inches between corpora
_REST = 1.1  # inches of axes and legends
# Light ones of Paul Tol's that all eyes tell apart, with black numbers on them.
_COLORS = dict(zip(LANGUAGES, ("#77AADD", "#EE8866", "#44BB99", "#EEDD88"), strict=True))
_MARKERS = "osD^vPX"
_UNITS = {
    "utterances": "share",
    "hours": "share_hours",
    "padded": "share_padded",
    "tokens": "share_tokens",
}
_SPREAD = 300  # of repeats, from which on the axis has room for powers of ten alone
_ROOM = {6.0: ".1f", 2.5: ".0f"}  # how a part is written that has so many percent
_EDGE: dict[str, Any] = {"mec": "black", "mew": 0.4, "markersize": 4}  # of a mark
_STYLE: dict[RcKeyType, Any] = {
    "font.size": 7,
    "axes.linewidth": 0.6,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "xtick.major.width": 0.6,
    "pdf.fonttype": 42,  # TrueType, as publishers want it
    "svg.hashsalt": "plion",  # the same figure is the same file
}
# What a format would write of the time of day.
_DATES = {".png": None, ".pdf": {"CreationDate": None}, ".svg": {"Date": None}}


def check(path: Path) -> None:
    """Raises InputError for a file that no figure can be written to."""
    if path.suffix not in SUFFIXES:
        raise InputError(f"--plot {path}: the suffix must be one of {', '.join(SUFFIXES)}")
    if not path.parent.is_dir():
        raise InputError(f"--plot {path}: there is no folder {path.parent}")


def draw(runs: Sequence[PlannedRun], path: Path) -> None:
    """Draws the first pass of each run, called by its sampler, to a png, pdf or svg file.

    Above: the share of each language in every unit that is known. Below: how often a pass repeats
    an utterance of each corpus, on a logarithmic axis. Raises InputError as `check` does.
    """
    check(path)
    passes = {run.exp.sampler.name: first_pass(run) for run in runs}
    with mpl.rc_context(_STYLE), replacing(path) as draft:
        figure = _figure(passes)
        figure.savefig(draft, format=path.suffix[1:], dpi=300, metadata=_DATES[path.suffix])


def _figure(passes: Mapping[str, Sequence[Row]]) -> Figure:
    rows = next(iter(passes.values()))
    units = {name: key for name, key in _UNITS.items() if getattr(rows[0], key) is not None}
    bars = _BAR * len(passes) * (len(units) + 1)
    lines = (_GAP + _MARK * len(passes)) * len(rows)
    figure = Figure(figsize=(_WIDTH, bars + lines + _REST), layout="constrained")
    above, below = figure.subplots(2, height_ratios=[bars, lines])
    _shares(above, passes, units)
    _repeats(below, passes)
    return figure


def _shares(panel: Axes, passes: Mapping[str, Sequence[Row]], units: Mapping[str, str]) -> None:
    """A bar a unit, of a part a language, under the name of each sampler."""
    labels: dict[int, str] = {}
    for number, (sampler, rows) in enumerate(passes.items()):
        top = number * (len(units) + 1)
        panel.text(0, top + 0.15, sampler, va="center", weight="bold")
        sums = [summed(own, language) for language, own in by_language(rows).items()]
        for place, (unit, key) in enumerate(units.items(), top + 1):
            labels[place] = unit
            _bar(panel, place, {one.language: getattr(one, key) for one in sums})
    panel.set_yticks(list(labels), list(labels.values()))
    panel.set(xlim=(0, 100), ylim=(max(labels) + 0.6, -0.5), xlabel="share of a pass (%)")
    panel.tick_params(axis="y", length=0)
    panel.spines["left"].set_visible(False)
    known = dict.fromkeys(row.language for rows in passes.values() for row in rows)
    patches = [Patch(color=_COLORS[key], label=LANGUAGES[key].name) for key in known]
    _legend(panel, patches, columns=4)


def _bar(panel: Axes, place: int, shares: Mapping[str, float]) -> None:
    left = 0.0
    for language, share in shares.items():
        panel.barh(place, share, 0.8, left, color=_COLORS[language], edgecolor="white", lw=0.5)
        written = next((format(share, form) for room, form in _ROOM.items() if share >= room), "")
        middle = left + share / 2
        panel.text(middle, place, written, ha="center", va="center_baseline", size=6)
        left += share


def _repeats(panel: Axes, passes: Mapping[str, Sequence[Row]]) -> None:
    """A line a corpus, a mark a sampler, coloured by language."""
    marks = dict(zip(passes, cycle(_MARKERS), strict=False))
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
                    color=_COLORS[row.language],
                    **_EDGE,
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
        grey = {"color": "0.7", "ls": "", **_EDGE}
        shown = [Line2D([], [], marker=marks[name], label=name, **grey) for name in passes]
        _legend(panel, shown, columns=3)


def _logarithmic(panel: Axes, values: Sequence[float]) -> None:
    """A logarithmic axis about the values and 1, its ticks plain numbers."""
    low, high = min(*values, 1) / 1.5, max(*values, 1) * 1.5
    panel.set(xscale="log", xlim=(low, high))
    panel.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < _SPREAD else (1,)))
    panel.xaxis.set_major_formatter("{x:g}")
    panel.xaxis.set_minor_formatter(NullFormatter())


def _legend(panel: Axes, entries: Sequence[Artist], columns: int) -> None:
    """Entries above a panel."""
    panel.legend(
        handles=entries, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=columns,
        frameon=False, handlelength=0.9, handletextpad=0.4, columnspacing=1.2, borderpad=0.1,
    )  # fmt: skip
