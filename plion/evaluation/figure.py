"""A rate with its interval, and how both are printed in one cell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from plion.evaluation.averages import Average
from plion.evaluation.certainty import Interval, Resampled, ends, interval
from plion.evaluation.resampling import Floats

NOTHING = (-np.inf, np.inf)  # the ends of an interval that is not known


@dataclass(frozen=True)
class Figure:
    """A rate in percent with its 95 % interval; `language` is empty where it covers several.

    few: whether the interval rests on fewer than 30 blocks.
    """

    rate: float
    low: float
    high: float
    language: str = ""
    few: bool = False

    @property
    def known(self) -> bool:
        """Whether the interval has ends."""
        return bool(np.isfinite([self.low, self.high]).all())


def figure(found: Interval, rate: float | None = None, language: str = "") -> Figure:
    """An estimate, or the rate it stands for to the last digit, with its interval."""
    shown = found.estimate if rate is None else rate
    return Figure(shown, found.low, found.high, language, found.few)


def with_intervals(
    named: Mapping[str, Average],
    drawn: Resampled,
    coefficients: Sequence[float] | Floats = (1.0,),
) -> dict[str, Figure]:
    """Averages over resampled sets, of one system or as `certainty.interval` has it, by name."""
    return {
        name: figure(interval(drawn, own.weights, coefficients), own.rate, own.language)
        for name, own in named.items()
    }


def printed(figure: Figure | None, sign: Literal["", "+"] = "") -> str:
    """A figure in one cell, `12.34 [11.00, 13.70]`; empty without one."""
    if figure is None:
        return ""
    return f"{figure.rate:{sign}.2f} {ends(figure.low, figure.high, figure.few, sign)}".rstrip()
