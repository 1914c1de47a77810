"""The values that every arm of a study tries: the same list for all, fixed before the first trial.

Lists are tried in full, or in part if there are fewer trials. A range is covered evenly by points
of a scrambled Halton sequence, after the base's own values, so that each arm has an untuned trial.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, product
from math import exp, log
from typing import Any

import numpy as np

from plion.errors import InputError
from plion.studies.search.space import Dimension, Range, Scalar

Values = dict[str, Scalar]

_DIGITS = 3  # of a number from a range: tables show it in full
_DRAWS = 200  # points a trial, after which a space of few values is taken as used up


@dataclass(frozen=True)
class Wanted:
    """How many trials an arm has (None: all combinations of lists), and the seed of their choice.

    `own`: the base's values, by setting; None where it has none, as of `optim.ema`.
    """

    trials: int | None
    seed: int
    own: Mapping[str, Any]


def proposed(where: str, space: Sequence[Dimension], wanted: Wanted) -> list[Values]:
    """Different settings to try, in the order of their trials.

    A pure function of its arguments; with a range, more trials only add to the list. Raises
    InputError if a range has no number of trials, or if there are fewer combinations than trials.
    """
    own = _own(space, wanted.own)
    if any(isinstance(one.values, Range) for one in space):
        if wanted.trials is None:
            raise InputError(f"{where}: a range needs `trials`: how many each arm gets")
        found = _different(chain(own, _spread(space, wanted)), wanted.trials)
    else:
        every = _different(_every(space))
        count = len(every) if wanted.trials is None else wanted.trials
        order = np.random.default_rng(wanted.seed).permutation(len(every))
        drawn = _different(chain(own, (every[place] for place in order)), count)
        found = [one for one in every if one in drawn]
    if len(found) < (wanted.trials or 2):
        raise InputError(
            f"{where}: there are only {len(found)} different trials; each arm needs "
            f"{wanted.trials or 2}: list more values, or set fewer `trials`"
        )
    return found


def _own(space: Sequence[Dimension], own: Mapping[str, Any]) -> list[Values]:
    """The base's own values as a trial, if they are within the space."""
    values = {one.key: own[one.key] for one in space if one.applies(own)}
    inside = all(_holds(one, own[one.key]) for one in space if one.key in values)
    return [values] if inside else []


def _holds(one: Dimension, value: Any) -> bool:
    if isinstance(one.values, Range):
        return value is not None and bool(one.values.low <= value <= one.values.high)
    return value in one.values


def _every(space: Sequence[Dimension]) -> Iterator[Values]:
    """All combinations of lists, in their order."""
    for values in product(*(one.ends for one in space)):
        yield _applying(space, values)


def _spread(space: Sequence[Dimension], wanted: Wanted) -> Iterator[Values]:
    """Points of a Halton sequence as settings."""
    from scipy.stats import qmc  # takes its time

    sequence = qmc.Halton(len(space), rng=np.random.default_rng(wanted.seed))
    for _ in range(_DRAWS * (wanted.trials or 1)):
        [point] = sequence.random(1)
        yield _applying(space, [_at(one, part) for one, part in zip(space, point, strict=True)])


def _applying(space: Sequence[Dimension], values: Sequence[Scalar]) -> Values:
    """The values of the dimensions that apply beside those before them."""
    found: Values = {}
    for one, value in zip(space, values, strict=True):
        if one.applies(found):
            found[one.key] = value
    return found


def _at(one: Dimension, part: float) -> Scalar:
    """The value of a dimension at a part of it from 0 to 1."""
    values = one.values
    if not isinstance(values, Range):
        return values[min(int(part * len(values)), len(values) - 1)]
    low, high = values.low, values.high
    if values.whole and not values.log:
        return min(int(low + part * (high - low + 1)), int(high))
    value = exp(log(low) + part * (log(high) - log(low))) if values.log else _mixed(low, high, part)
    if values.whole:
        return round(value)
    return min(max(float(f"{value:.{_DIGITS}g}"), low), high)


def _mixed(low: float, high: float, part: float) -> float:
    return low + part * (high - low)


def _different(found: Iterator[Values] | chain[Values], most: int | None = None) -> list[Values]:
    """The first of equal settings, at most so many."""
    kept: list[Values] = []
    for one in found:
        if len(kept) == most:
            break
        if one not in kept:
            kept.append(one)
    return kept
