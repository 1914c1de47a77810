"""Style, shared drawing functions and saving of charts: paper-column width, colour-blind safe.

Every chart file names the command that made it in its metadata; drawing it again gives the same
bytes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.typing import RcKeyType

from plion.system.files import replacing
from plion.text.languages import Language, Languages

SUFFIXES = (".png", ".pdf", ".svg")
WIDTH = 3.4  # inches: a column of most two-column papers
# From Paul Tol's light palette, for languages whose rows have no color; black numbers are readable
# on them.
_FREE = (
    "#FFAABB", "#99DDFF", "#BBCC33", "#AAAA00", "#77AADD", "#EE8866", "#44BB99", "#EEDD88",
    "#DDDDDD",
)  # fmt: skip
GREY = "0.7"  # for what has no language
MARKERS = "osD^vPX"
EDGE: dict[str, Any] = {"mec": "black", "mew": 0.4, "markersize": 4}  # of a marker

Shares = Mapping[str, Mapping[str, float]]  # by unit and language, in percent

_ROOM = {6.0: ".1f", 2.5: ".0f"}  # number format of a part with at least so many percent
_STYLE: dict[RcKeyType, Any] = {
    "font.size": 7,
    "axes.linewidth": 0.6,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "pdf.fonttype": 42,  # TrueType, which publishers require
    "svg.hashsalt": "plion",  # makes files reproducible
}
# By format: the metadata field for a description, and the dates to leave out.
_METADATA: dict[str, tuple[str, dict[str, None]]] = {
    ".png": ("Description", {}),
    ".pdf": ("Subject", {"CreationDate": None}),
    ".svg": ("Description", {"Date": None}),
}


@contextmanager
def house_style() -> Iterator[None]:
    """Apply plion's matplotlib style to charts made and saved inside."""
    with mpl.rc_context(_STYLE):
        yield


def save_chart(figure: Figure, path: Path, command: str) -> None:
    """Save a chart atomically, in the format of the path's suffix (one of SUFFIXES)."""
    place, dates = _METADATA[path.suffix]
    metadata = {place: f"Made by: {command}", **dates}
    with replacing(path) as draft:
        figure.savefig(draft, format=path.suffix[1:], dpi=300, metadata=metadata)


def legend(panel: Axes, entries: Sequence[Artist], columns: int) -> None:
    """Draw a legend above a panel."""
    panel.legend(
        handles=entries, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=columns,
        frameon=False, handlelength=0.9, handletextpad=0.4, columnspacing=1.2, borderpad=0.1,
    )  # fmt: skip


def language_colors(languages: Iterable[Language]) -> dict[str, str]:
    """The color of each language by its key: its row's, or else the next that no row has."""
    rows = list(languages)
    taken = {row.color.upper() for row in rows if row.color}
    free = cycle([color for color in _FREE if color not in taken] or [GREY])
    return {row.key: row.color or next(free) for row in rows}


def share_bars(
    panel: Axes, named: Mapping[str, Shares], label: str, languages: Iterable[Language]
) -> None:
    """Stacked bars of language shares: one bar per unit under each name, 0 to 100 percent.

    All names have the same units.
    """
    rows = Languages(languages)
    colors = language_colors(rows.values())
    labels: dict[int, str] = {}
    top = 0
    for name, shares in named.items():
        panel.text(0, top + 0.15, name, va="center", weight="bold")
        for place, (unit, parts) in enumerate(shares.items(), top + 1):
            labels[place] = unit
            _bar(panel, place, parts, colors)
        top += len(shares) + 1
    panel.set_yticks(list(labels), list(labels.values()))
    panel.set(xlim=(0, 100), ylim=(max(labels) + 0.6, -0.5), xlabel=label)
    panel.tick_params(axis="y", length=0)
    panel.spines["left"].set_visible(False)
    known = dict.fromkeys(key for own in named.values() for parts in own.values() for key in parts)
    patches = [Patch(color=colors[key], label=rows[key].name) for key in known]
    legend(panel, patches, columns=4)


def bar_places(names: int, units: int) -> int:
    """The number of rows that `share_bars` draws: bars and names."""
    return names * (units + 1)


def _bar(panel: Axes, place: int, shares: Mapping[str, float], colors: Mapping[str, str]) -> None:
    left = 0.0
    for language, share in shares.items():
        panel.barh(place, share, 0.8, left, color=colors[language], edgecolor="white", lw=0.5)
        written = next((format(share, form) for room, form in _ROOM.items() if share >= room), "")
        middle = left + share / 2
        panel.text(middle, place, written, ha="center", va="center_baseline", size=6)
        left += share
