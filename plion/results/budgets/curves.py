"""Curves of error against what was trained on: the systems of a study that differ in budget alone.

Between two budgets a curve is read off by linear interpolation in the logarithm of the amount, its
interval's ends likewise. Branches of one seed share a training, so that their errors vary together;
interpolated ends are wide enough for any such correlation, since the deviation of a weighted mean
is at most the weighted mean of the deviations. Nothing is read off beyond a curve's ends.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from plion.results.analysis.systems import System, system_rates, systems
from plion.results.reading.budget_axis import BUDGET
from plion.results.reading.study import Study
from plion.scoring.statistics.averages import MACRO
from plion.scoring.statistics.rate import Rate

QUANTITIES = {
    "audio_hours_trained": "audio (h)",
    "steps": "steps",
    "supervised_tokens": "supervised tokens",
    "cost": "cost",
}
"""What errors are shown against: fields of run.json, and their names in tables and charts."""


@dataclass(frozen=True, eq=False)
class Point:
    """A system at a budget: its macro average, and its amounts by quantity, means over seeds."""

    budget: float
    system: System
    rate: Rate
    amounts: dict[str, float]


@dataclass(frozen=True, eq=False)
class Curve:
    """The points of one configuration, in the order of budgets; None where there is no figure."""

    name: str
    points: tuple[Point | None, ...]

    def at(self, quantity: str, amount: float) -> Rate | None:
        """The error at an amount of a quantity; None outside of the curve and beside gaps."""
        for point in self.points:
            if point and point.amounts.get(quantity) == amount:
                return point.rate
        for one, other in zip(self.points, self.points[1:], strict=False):
            ends = [own.amounts.get(quantity) if own else None for own in (one, other)]
            first, last = ends
            if one and other and first and last and first < amount < last:
                return between(one.rate, other.rate, part_of_way(first, last, amount))
        return None


def budgets_of(study: Study) -> list[float]:
    """The budgets of a study in order; empty without any."""
    return [float(label) for label in study.axes.get(BUDGET, ())]


def curves(study: Study) -> list[Curve]:
    """The curves of a study in the order of its cells; second decodings are left out."""
    found: dict[tuple[tuple[str, str], ...], dict[str, System]] = {}
    for system in systems(study):
        if BUDGET in system.labels and not system.again:
            others = tuple(own for own in system.labels.items() if own[0] != BUDGET)
            found.setdefault(others, {})[system.labels[BUDGET]] = system
    return [
        Curve(
            ", ".join(label for _, label in others),
            tuple(_point(study, own.get(label)) for label in study.axes[BUDGET]),
        )
        for others, own in found.items()
    ]


def _point(study: Study, system: System | None) -> Point | None:
    if system is None or not system.runs:
        return None
    rate = system_rates(study, system).get(MACRO)
    if rate is None:
        return None
    means = {name: _mean(system, name) for name in QUANTITIES}
    amounts = {name: own for name, own in means.items() if own}
    return Point(float(system.labels[BUDGET]), system, rate, amounts)


def _mean(system: System, name: str) -> float | None:
    values = [getattr(run.record, name) for run in system.runs]
    return None if None in values else fmean(values)


def part_of_way(first: float, last: float, amount: float) -> float:
    """How far an amount is from one to a larger one on a logarithmic scale, 0 to 1."""
    return math.log(amount / first) / math.log(last / first)


def between(one: Rate, other: Rate, part: float) -> Rate:
    """The rate a part of the way from one point to the next."""
    low, high = (
        (1 - part) * first + part * last
        for first, last in ((one.low, other.low), (one.high, other.high))
    )
    value = (1 - part) * one.value + part * other.value
    return Rate(value, low, high, few=one.few or other.few, over=one.over)


def shared_quantities(found: Sequence[Curve]) -> list[str]:
    """The quantities of which every point has an amount."""
    points = [point for curve in found for point in curve.points if point]
    return [name for name in QUANTITIES if points and all(name in one.amounts for one in points)]
