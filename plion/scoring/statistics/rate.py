"""A rate with its interval, and how both are printed in one cell."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from plion.scoring.statistics.averages import Average
from plion.scoring.statistics.bootstrap import Floats
from plion.scoring.statistics.clusters import MINIMUM
from plion.scoring.statistics.estimate import FEW, LEAST, UTTERANCES, Interval, Over, ends
from plion.scoring.statistics.intervals import Resampled, interval

NOTHING = (-np.inf, np.inf)  # the ends of an interval that is not known
FEW_NOTE = (
    f"{FEW} fewer than {MINIMUM} clusters: by Student's t; such intervals cover a little less than "
    "95 %."
)
PICKED_NOTE = (
    "The worst language and the spread are picked by the rates themselves and have no interval."
)
_BARE = re.compile(r"(?:\w+ )?[+-]?\d+\.\d\d")  # a figure as printed without an interval


@dataclass(frozen=True)
class Rate:
    """A rate in percent with its 95 % interval; `language` is empty where it covers several.

    few: whether the interval rests on fewer than 30 clusters. alike: whether it has none because
    its clusters are all alike. over: what varies in it. picked: whether it has none because the
    rate is of what was picked by the rates, see `averages.Average`.
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
        """Whether the interval has ends."""
        return bool(np.isfinite([self.low, self.high]).all())


def rate_of(found: Interval, rate: float | None = None, language: str = "") -> Rate:
    """An estimate, or the rate it stands for to the last digit, with its interval."""
    shown = found.estimate if rate is None else rate
    return Rate(shown, found.low, found.high, language, found.few, found.alike, found.over)


def share(found: Interval) -> Rate:
    """A part of all, which is no more than all, with its interval."""
    made = rate_of(found)
    return replace(made, high=min(made.high, 100.0)) if made.known else made


def with_intervals(
    named: Mapping[str, Average],
    drawn: Resampled,
    coefficients: Sequence[float] | Floats = (1.0,),
) -> dict[str, Rate]:
    """Averages over resampled sets, of one system or as `certainty.interval` has it, by name."""
    return {
        name: (
            without_interval(own)
            if own.picked
            else rate_of(interval(drawn, own.weights, coefficients), own.rate, own.language)
        )
        for name, own in named.items()
    }


def without_interval(average: Average) -> Rate:
    """An average alone."""
    return Rate(average.rate, *NOTHING, average.language, picked=average.picked)


def printed(rate: Rate | None, sign: Literal["", "+"] = "") -> str:
    """A rate in one cell, `12.34 [11.00, 13.70]`; empty without one."""
    if rate is None:
        return ""
    interval = ends(rate.low, rate.high, few=rate.few, sign=sign)
    return f"{rate.value:{sign}.2f} {interval}".rstrip()


def few_note(rows: Iterable[Sequence[str]]) -> list[str]:
    """What the mark of few clusters says, and why rates have no interval, where a cell is such.

    rows: cells as `printed` and `ends` make them, none of other figures.
    """
    cells = [cell for row in rows for cell in row]
    notes = [FEW_NOTE] if any(FEW in cell for cell in cells) else []
    if any(_BARE.fullmatch(cell) for cell in cells):
        notes.append(
            f"Figures without an interval: of fewer than {LEAST} clusters, or of clusters all "
            "alike."
        )
    return notes


def unknown_notes(found: Iterable[tuple[str, Interval | Rate]]) -> list[str]:
    """Why sets and averages, named, have no interval."""
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
        notes.append(f"No interval: all clusters alike: {', '.join(alike)}.")
    return notes
