"""Averages over test sets, as weights of the sets: macro, per language, worst language, spread.

Each is a weighted sum of the sets' rates, so one resampling of the sets gives the interval of each.
The worst language and the spread have no interval, because the rates themselves pick the languages:
among equally hard ones, the one that happened to come out highest. An interval around such a rate
is biased: in simulations with four equal languages, the interval of the worst covered its true rate
in 90 % of trials, and that of the spread excluded 0 in 23 %.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from plion.text.shipped import in_order

MACRO, LANGUAGE_MEAN, WORST_LANGUAGE = AGGREGATES = ("macro", "language_mean", "worst_language")
SPREAD = "spread"


@dataclass(frozen=True, eq=False)
class Average:
    """A weighted sum of test sets' rates: `weights` of shape (sets,), `rate` in percent.

    language: its language, empty if it covers several. picked: whether the rates themselves picked
    the sets, so that it has no interval.
    """

    weights: NDArray[np.float64]
    rate: float
    language: str = ""
    picked: bool = False


def macro_average(rates: Mapping[str, float | None]) -> float | None:
    """The unweighted mean over the sets that have a rate; None if none has.

    The column `Average` of arXiv 2603.16184: over all twelve sets, rates above 200 % too.
    """
    known = [rate for rate in rates.values() if rate is not None]
    return sum(known) / len(known) if known else None


def macro_weights(sets: int) -> NDArray[np.float64]:
    """The weights of a plain mean over `sets` sets, shape (sets,)."""
    return np.full(sets, 1 / sets)


def sets_and_macro(keys: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    """The weights of each set alone, by its key, and of the `macro` average."""
    alone = dict(zip(keys, np.eye(len(keys)), strict=True))
    return alone | ({MACRO: macro_weights(len(keys))} if keys else {})


def sets(rates: Mapping[str, float], languages: Mapping[str, str]) -> dict[str, Average]:
    """Each set as an average over itself alone, by key."""
    weights = sets_and_macro(list(rates))
    return {key: Average(weights[key], rate, languages[key]) for key, rate in rates.items()}


def by_language(rates: Mapping[str, float], languages: Mapping[str, str]) -> dict[str, Average]:
    """The unweighted mean over the sets of each language, by language key."""
    of = [languages[key] for key in rates]
    return {
        language: Average(
            np.array([own == language for own in of]) / of.count(language),
            fmean(rate for key, rate in rates.items() if languages[key] == language),
            language,
        )
        for language in in_order(of)
    }


def averages(rates: Mapping[str, float], languages: Mapping[str, str]) -> dict[str, Average]:
    """The averages in AGGREGATES, and SPREAD if there are several languages; empty without rates.

    `macro` is the mean over the sets; `language_mean` that of the language means, in which every
    language counts the same, however many sets it has; the spread is the highest language mean less
    the lowest, in points: how unevenly languages are served.
    """
    means, macro = list(by_language(rates, languages).values()), macro_average(rates)
    if macro is None:
        return {}
    mean = Average(np.mean([own.weights for own in means], axis=0), fmean(map(_rate, means)))
    worst = max(means, key=_rate)
    found = {
        MACRO: Average(macro_weights(len(rates)), macro),
        LANGUAGE_MEAN: mean,
        WORST_LANGUAGE: replace(worst, picked=len(means) > 1),
    }
    if len(means) > 1:
        best = min(reversed(means), key=_rate)  # another one than the worst even if all are equal
        found[SPREAD] = Average(worst.weights - best.weights, worst.rate - best.rate, picked=True)
    return found


def _rate(average: Average) -> float:
    return average.rate
