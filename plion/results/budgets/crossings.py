"""Where two systems cross: the budget at which their difference changes its sign."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from plion.results.analysis.contrasts.contrast import Labels
from plion.results.analysis.effects import differences_along
from plion.results.reading.budget_axis import BUDGET
from plion.results.reading.study import Study
from plion.scoring.statistics.estimate import Interval

_ROUNDING = 1e-9  # points: a smaller difference is none

Span = tuple[float, float]
"""Two budgets."""


@dataclass(frozen=True, eq=False)
class Rivalry:
    """The differences of one system from the first, at every budget that both have.

    `on`: the macro average, or a language. `differences`: by budget, in points, the first's error
    taken off; None where it is not known.
    """

    name: str
    on: str
    differences: Mapping[float, Interval | None]

    @property
    def crossings(self) -> list[float]:
        """The budgets at which the difference changes its sign, by interpolation in log budget."""
        found, before = [], 0.0
        for (first, one), (last, other) in self._pairs():
            begins, ends = (
                0.0 if abs(own.estimate) < _ROUNDING else own.estimate for own in (one, other)
            )
            if begins * ends < 0:
                found.append(_at(first, last, begins / (begins - ends)))
            elif not begins and before * ends < 0:
                found.append(first)
            before = begins or before
        return found

    @property
    def compatible(self) -> list[Span]:
        """The budgets at which the systems may be equal: those whose interval includes 0.

        Between budgets the ends of the interval are interpolated as the difference is, as
        Fieller does for a ratio ("Some problems in interval estimation", JRSS B 1954). None is
        beyond the first or last budget.
        """
        spans: list[Span] = []
        for (one, first), (other, last) in self._pairs():
            if not (first.known and last.known):
                continue
            span = _zero_within((one, first.low, first.high), (other, last.low, last.high))
            if span and spans and spans[-1][1] == span[0]:
                spans[-1] = (spans[-1][0], span[1])
            elif span:
                spans.append(span)
        return spans

    @property
    def known(self) -> bool:
        """Whether any two neighbouring budgets have intervals."""
        return any(first.known and last.known for (_, first), (_, last) in self._pairs())

    def _pairs(self) -> Iterator[tuple[tuple[float, Interval], tuple[float, Interval]]]:
        """Neighbouring budgets with their differences, where both are known."""
        found = list(self.differences.items())
        for (one, first), (other, last) in zip(found, found[1:], strict=False):
            if first and last:
                yield (one, first), (other, last)


def rivalries(study: Study) -> list[Rivalry]:
    """The labels of the first axis against its first one, for each combination of other axes."""
    budgets = [float(label) for label in study.axes[BUDGET]]
    found: dict[tuple[str, str], dict[float, Interval | None]] = {}
    for effect in differences_along(study, next(iter(study.axes))):
        [[(level, _), (other, _)]] = effect.contrast.combinations
        if BUDGET in level:
            key = (f"{_named(other)} - {_named(level)}", effect.on)
            own = found.setdefault(key, dict.fromkeys(budgets))
            own[float(level[BUDGET])] = effect.interval
    return [Rivalry(name, on, own) for (name, on), own in found.items()]


def _named(labels: Labels) -> str:
    return ", ".join(label for axis, label in labels.items() if axis != BUDGET)


def _zero_within(one: tuple[float, float, float], other: tuple[float, float, float]) -> Span | None:
    """The budgets between two at which 0 is within the ends; each has a budget, low and high."""
    (first, *begins), (last, *ends) = one, other
    # Low is at most 0 on one side of its root, high at least 0 on one side of its own.
    parts = [0.0, 1.0]
    for sign, here, there in zip((1, -1), begins, ends, strict=True):
        here, there = sign * here, sign * there  # at most 0 where 0 is within
        if here > 0 and there > 0:
            return None
        if here > 0:
            parts[0] = max(parts[0], here / (here - there))
        elif there > 0:
            parts[1] = min(parts[1], here / (here - there))
    return (
        (_at(first, last, parts[0]), _at(first, last, parts[1])) if parts[0] <= parts[1] else None
    )


def _at(first: float, last: float, part: float) -> float:
    """The budget a part of the way from one to another on a logarithmic scale."""
    if part in (0.0, 1.0):
        return last if part else first
    return math.exp((1 - part) * math.log(first) + part * math.log(last))


def told_crossings(rivalry: Rivalry, budgets: Sequence[float]) -> str:
    """The crossings as printed; where there is none within the budgets, that."""
    found = rivalry.crossings
    if found:
        return ", ".join(f"{one:.3g}" for one in found)
    missing = sum(own is None for own in rivalry.differences.values())
    if missing == len(budgets):
        return ""
    return f"not within {budgets[0]:g} to {budgets[-1]:g}" + (
        ", as far as known" if missing else ""
    )


def told_compatible(rivalry: Rivalry, budgets: Sequence[float]) -> str:
    """The interval of the crossing as printed: `0.3 to 1.2`, `below 0.25 to 1.2`, or none."""
    if not rivalry.known:
        return ""

    def told(span: Span) -> str:
        low = f"below {span[0]:g}" if span[0] == budgets[0] else f"{span[0]:.3g}"
        high = f"above {span[1]:g}" if span[1] == budgets[-1] else f"{span[1]:.3g}"
        return f"{low} to {high}"

    return " or ".join(map(told, rivalry.compatible)) or "none"
