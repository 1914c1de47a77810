"""A rate with its interval, how both are printed in one table cell, and the notes below."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from plion.scoring.statistics.averages import Average
from plion.scoring.statistics.bootstrap import Floats
from plion.scoring.statistics.estimate import FEW, LEAST, UTTERANCES, Interval, Over, ends
from plion.scoring.statistics.intervals import intervals
from plion.scoring.statistics.resampled import Resampled
from plion.scoring.statistics.resampling.clusters import MINIMUM

NOTHING = (-np.inf, np.inf)  # the ends of an unknown interval
FEW_NOTE = (
    f"{FEW} fewer than {MINIMUM} clusters: by Student's t; such intervals cover a little less than "
    "95 %."
)
PICKED_NOTE = (
    "The worst language and the spread have no interval: the rates themselves pick the languages."
)
_BARE = re.compile(r"(?:\w+ )?[+-]?\d+\.\d\d")  # a figure as printed without an interval


@dataclass(frozen=True)
class Rate:
    """A rate in percent with its 95 % interval; `language` is empty where it covers several.

    few: whether the interval rests on fewer than 30 clusters. alike: whether it is unknown because
    its clusters have no variance. over: what varies in it. picked: whether it is unknown because
    the rates picked the languages (see `averages.Average`).
    """

    value: float
    low: float
    high: float
    language: str = ""
    few: bool = False
    alike: bool = False
    over: Over = UTTERANCES
    picked: bool = False

    @property
    def known(self) -> bool:
        """Whether the interval has finite ends."""
        return bool(np.isfinite([self.low, self.high]).all())


def rate_of(found: Interval, rate: float | None = None, language: str = "") -> Rate:
    """A Rate from an interval; `rate` replaces the estimate, which may differ by rounding."""
    shown = found.estimate if rate is None else rate
    return Rate(shown, found.low, found.high, language, found.few, found.alike, found.over)


def share(found: Interval) -> Rate:
    """A Rate that is a share in percent: its interval is cut at 100."""
    made = rate_of(found)
    return replace(made, high=min(made.high, 100.0)) if made.known else made


def with_intervals(
    named: Sequence[Mapping[str, Average]], drawn: Resampled, coefficients: Floats
) -> list[dict[str, Rate]]:
    """The averages of each contrast as Rates, by name; coefficients: (contrasts, systems).

    named: of each contrast, with equal weights under the same name, unless picked.
    """
    weights = {name: own.weights for one in named for name, own in one.items() if not own.picked}
    places = {name: place for place, name in enumerate(weights)}
    found = intervals(drawn, np.stack(list(weights.values())), coefficients)
    return [
        {
            name: (
                without_interval(own)
                if own.picked
                else rate_of(one[places[name]], own.rate, own.language)
            )
            for name, own in averages.items()
        }
        for averages, one in zip(named, found, strict=True)
    ]


def without_interval(average: Average) -> Rate:
    """An average as a Rate without an interval."""
    return Rate(average.rate, *NOTHING, average.language, picked=average.picked)


def printed(rate: Rate | None, sign: Literal["", "+"] = "") -> str:
    """A rate as printed in a cell, `12.34 [11.00, 13.70]`; empty for None."""
    if rate is None:
        return ""
    interval = ends(rate.low, rate.high, few=rate.few, sign=sign)
    return f"{rate.value:{sign}.2f} {interval}".rstrip()


def few_note(rows: Iterable[Sequence[str]]) -> list[str]:
    """Notes on marked intervals and on rates without one, if any cell has such.

    rows: cells made by `printed` and `ends` only, no other figures.
    """
    cells = [cell for row in rows for cell in row]
    notes = [FEW_NOTE] if any(FEW in cell for cell in cells) else []
    if any(_BARE.fullmatch(cell) for cell in cells):
        notes.append(
            f"Rates without an interval: fewer than {LEAST} clusters, or no variance over clusters."
        )
    return notes


def unknown_notes(found: Iterable[tuple[str, Interval | Rate]]) -> list[str]:
    """Notes that name the sets and averages without an interval, and say why."""
    alike, small = dict[str, None](), dict[str, None]()
    for name, own in found:
        if not own.known and not (isinstance(own, Rate) and own.picked):
            (alike if own.alike else small)[name] = None
    notes = []
    if small:
        notes.append(
            f"No interval: fewer than {LEAST} clusters, or an average with a set of one: "
            f"{', '.join(small)}."
        )
    if alike:
        notes.append(f"No interval: no variance over clusters: {', '.join(alike)}.")
    return notes
