"""Which system is the best of a table, and on which columns that is more than chance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from plion.evaluation.averages import sets_and_macro
from plion.evaluation.certainty import TEST_REPLICATES, Interval, Resampled, interval, resample
from plion.evaluation.holm import holm
from plion.evaluation.resampling import Floats
from plion.studies.cells import Cell, cell_rates
from plion.studies.collect import Run
from plion.studies.contrasts import LEVEL
from plion.studies.figures import sample
from plion.studies.pairing import by_seed, unpaired


@dataclass(frozen=True)
class Separable:
    """By column, a benchmark key or `macro`, the place of the cell separable from all others.

    tests: how many comparisons were corrected for. reason: why there are none.
    """

    best: dict[str, int]
    tests: int
    reason: str = ""


def separable(ranked: Sequence[Cell]) -> Separable:
    """The lowest of each column where it is lower than every other, at corrected p <= 0.05.

    Paired by utterance and, where there are several, by seed; two-sided, Holm over the comparisons
    of the lowest with each other cell on every column. That the lowest is chosen by the figures
    themselves is paid for: it has to be told from all others at once. All runs must have been
    tested on the same utterances.
    """
    if len(ranked) < 2:
        return Separable({}, 0, "there is nothing to compare with")
    runs = [run for cell in ranked for run in cell.runs]
    if reason := unpaired(runs):
        return Separable({}, 0, reason)
    keys = list(cell_rates(ranked[0]))
    drawn = resample([sample([run.scores[key] for run in runs]) for key in keys], TEST_REPLICATES)
    weights = sets_and_macro(keys)
    lowest = {name: _lowest(ranked, runs, drawn, own) for name, own in weights.items()}
    found = {
        name: [
            _difference(runs, drawn, own, lowest[name], other)
            for other in ranked
            if other is not lowest[name]
        ]
        for name, own in weights.items()
    }
    known = [one for own in found.values() for one in own if one]
    corrected = iter(holm([one.p for one in known]))
    best = {}
    for name, own in found.items():
        # Of what could not be compared nothing is shown.
        values = [next(corrected) if one else 1.0 for one in own]
        if max(values) <= LEVEL:
            best[name] = ranked.index(lowest[name])
    return Separable(best, len(known))


def _lowest(
    ranked: Sequence[Cell],
    runs: Sequence[Run],
    drawn: Resampled,
    weights: Floats,
) -> Cell:
    rates = dict(zip(runs, weights @ drawn.rates, strict=True))
    return min(ranked, key=lambda cell: np.mean([rates[run] for run in cell.runs]))


def _difference(
    runs: Sequence[Run],
    drawn: Resampled,
    weights: Floats,
    cell: Cell,
    other: Cell,
) -> Interval | None:
    """The first cell's rate less the other's; None where they have no seed in common."""
    pairs = by_seed([cell.runs, other.runs])
    if not pairs:
        return None
    coefficients = np.zeros((len(pairs), len(runs)))
    for row, (one, against) in zip(coefficients, pairs, strict=True):
        row[runs.index(one)] += 1
        row[runs.index(against)] -= 1
    return interval(drawn, weights, coefficients)
