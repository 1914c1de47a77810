"""The averages over test sets: which there are, and what each set weighs in them.

All are sums of the sets' rates under fixed weights, so that one resampling of the sets gives the
interval of each. Which language is the worst, and which two lie farthest apart, is picked by the
rates themselves: of languages that are equally hard, the one that happened to come out highest. An
interval about such a rate is off to one side (of four equal languages, one for the worst held its
true rate in 90 % of trials, and one for the spread left 0 out in 23 %), so these have none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from plion.text.languages import LANGUAGES

MACRO, LANGUAGE_MEAN, WORST_LANGUAGE = AGGREGATES = ("macro", "language_mean", "worst_language")
SPREAD = "spread"


@dataclass(frozen=True, eq=False)
class Average:
    """A rate over test sets: (sets,) what each weighs in it, and the sum, in percent.

    language: the one it is of, empty where it is of several. picked: whether the rates themselves
    have picked the sets; then it has no interval.
    """

    weights: NDArray[np.float64]
    rate: float
    language: str = ""
    picked: bool = False


def macro_average(rates: Mapping[str, float | None]) -> float | None:
    """The unweighted mean over the sets that have a rate: the paper's `Average`.

    The paper (arXiv 2603.16184) takes all twelve, those above 200 % included.
    """
    known = [rate for rate in rates.values() if rate is not None]
    return sum(known) / len(known) if known else None


def macro_weights(sets: int) -> NDArray[np.float64]:
    """The weights of a plain mean over so many sets."""
    return np.full(sets, 1 / sets)


def sets_and_macro(keys: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    """The weights of each set alone, by its key, and of the `macro` average."""
    alone = dict(zip(keys, np.eye(len(keys)), strict=True))
    return alone | ({MACRO: macro_weights(len(keys))} if keys else {})


def sets(rates: Mapping[str, float], languages: Mapping[str, str]) -> dict[str, Average]:
    """Each set as an average of itself alone, by its key."""
    weights = sets_and_macro(list(rates))
    return {key: Average(weights[key], rate, languages[key]) for key, rate in rates.items()}


def by_language(rates: Mapping[str, float], languages: Mapping[str, str]) -> dict[str, Average]:
    """The unweighted mean over the sets of each language, by its key."""
    of = [languages[key] for key in rates]
    return {
        language: Average(
            np.array([own == language for own in of]) / of.count(language),
            fmean(rate for key, rate in rates.items() if languages[key] == language),
            language,
        )
        for language in LANGUAGES
        if language in of
    }


def averages(rates: Mapping[str, float], languages: Mapping[str, str]) -> dict[str, Average]:
    """Those of AGGREGATES, and of several languages the SPREAD; none where there is no rate.

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
        best = min(reversed(means), key=_rate)  # never the worst itself, where all are equal
        found[SPREAD] = Average(worst.weights - best.weights, worst.rate - best.rate, picked=True)
    return found


def _rate(average: Average) -> float:
    return average.rate
