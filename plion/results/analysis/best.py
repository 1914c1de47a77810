"""The best system of a table, per column, where the difference is more than chance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from plion.results.analysis.pairing import by_seed, unpaired
from plion.results.analysis.rates import resampled
from plion.results.analysis.systems import System, mean_rates
from plion.results.reading.study import Run
from plion.scoring.statistics.averages import sets_and_macro
from plion.scoring.statistics.bootstrap import Floats
from plion.scoring.statistics.estimate import ONE_SEED, Interval
from plion.scoring.statistics.holm import LEVEL, holm
from plion.scoring.statistics.intervals import interval
from plion.scoring.statistics.resampled import TEST_REPLICATES, Resampled


@dataclass(frozen=True)
class Separable:
    """The best systems: `best` maps a column (benchmark key or `macro`) to a system's position.

    Only systems significantly better than all others are in `best`; of several with the same runs
    the first. tests: number of comparisons corrected for. reason: why some or all comparisons could
    not be made.
    """

    best: dict[str, int]
    tests: int
    reason: str = ""


def separable(ranked: Sequence[System]) -> Separable:
    """Finds the lowest rate of each column that is lower than every other at corrected p <= 0.05.

    Two-sided tests, paired by utterance; with several seeds also by seed, with the variance over
    seeds pooled over the ranked systems. Holm's correction covers the comparisons of the lowest
    with each other system on every column. Selecting the lowest by the same figures is accounted
    for: it must differ from all others at once. Trained systems of one seed are never separable.
    All runs must have been tested on the same utterances. Systems of the same runs count once.
    """
    first: dict[tuple[object, ...], System] = {}
    for system in ranked:
        first.setdefault(system.content, system)
    distinct = list(first.values())
    if len(distinct) < 2:
        return Separable({}, 0, "there is nothing to compare with")
    runs = [run for system in distinct for run in system.runs]
    if reason := unpaired(runs):
        return Separable({}, 0, reason)
    keys = list(mean_rates(distinct[0]))
    drawn = resampled(tuple(runs), TEST_REPLICATES)
    weights = sets_and_macro(keys)
    lowest = {name: _lowest(distinct, runs, drawn, own) for name, own in weights.items()}
    found = {
        name: [
            _difference(runs, drawn, own, lowest[name], other=other)
            for other in distinct
            if other is not lowest[name]
        ]
        for name, own in weights.items()
    }
    every = [one for own in found.values() for one in own if one]
    known = [one for one in every if one.over != ONE_SEED]
    corrected = dict(zip(map(id, known), holm([one.p for one in known]), strict=True))
    best = {}
    for name, own in found.items():
        # Comparisons that could not be made, or only over one seed, count as p = 1.
        if max(corrected.get(id(one), 1.0) for one in own) <= LEVEL:
            best[name] = ranked.index(lowest[name])
    lone = "differences over one seed are not established"
    return Separable(best, len(known), lone if len(known) < len(every) else "")


def _lowest(
    distinct: Sequence[System],
    runs: Sequence[Run],
    drawn: Resampled,
    weights: Floats,
) -> System:
    rates = dict(zip(runs, weights @ drawn.rates, strict=True))
    return min(distinct, key=lambda system: np.mean([rates[run] for run in system.runs]))


def _difference(
    runs: Sequence[Run],
    drawn: Resampled,
    weights: Floats,
    system: System,
    *,
    other: System,
) -> Interval | None:
    """The first system's rate minus the other's; None if they have no seed in common."""
    pairs = by_seed([system.runs, other.runs])
    if not pairs:
        return None
    coefficients = np.zeros(len(runs))
    for one, against in pairs:
        coefficients[runs.index(one)] += 1 / len(pairs)
        coefficients[runs.index(against)] -= 1 / len(pairs)
    return interval(drawn, weights, coefficients)
