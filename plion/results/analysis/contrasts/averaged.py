"""Main effects and interactions: contrasts averaged over combinations of the other axes.

In a complete factorial every cell is used, with equal weights over the combinations. Otherwise the
mean is over those combinations that all labels compared have. An axis without a label in any cell
of a label compared (a parameter of one sampler only) is no part of a combination: the cells that
differ in it are averaged first.

Runs of several budgets are no combinations to average over: those of one seed share a training up
to the smallest one's decay, so they vary together. Effects are those at the largest budget.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

from plion.results.analysis.contrasts.contrast import (
    Combination,
    Contrast,
    Labels,
    Value,
    at,
    cells_with,
    first_label,
    other_labels,
)
from plion.results.reading.budget_axis import BUDGET, largest_budget
from plion.results.reading.study import Study

_Side = tuple[Labels, float]  # labels on the axes compared, and their weight
_Keyed = Mapping[tuple[str, ...], Sequence[Labels]]  # cells by their combination


def main_effects(study: Study) -> list[Contrast]:
    """Every label less the first of its axis, averaged over the other axes.

    Without combinations, and with the reason, where no combination has both labels.
    """
    return [_main(study, axis, label) for axis, label in _values(study)]


def interactions(study: Study) -> list[Contrast]:
    """How much larger the effect of a label is under a label of another axis than under its first.

    The difference of the two differences, averaged over further axes; for each pair of labels of
    axes that are crossed. Without combinations, and with the reason, where none has all four.
    """
    pairs = combinations(_values(study), 2)
    return [
        _interaction(study, one, other)
        for one, other in pairs
        if one[0] != other[0] and _crossed(study, one, other) and _crossed(study, other, one)
    ]


def _values(study: Study) -> list[Value]:
    """The labels that have a main effect; how errors fall with the budget is read off curves."""
    return [value for value in other_labels(study) if value[0] != BUDGET]


def _main(study: Study, axis: str, label: str) -> Contrast:
    first = first_label(study, axis)
    sides = [{axis: first}, {axis: label}]
    keyed, shared = _keyed(study, sides)
    found = _means(keyed, (-1.0, 1.0))
    cells = {one: _used(found, {axis: one}) for one in (label, first)}
    told = (_told(study, (axis, one), own, shared) for one, own in cells.items())
    return Contrast(
        "main effect",
        f"{axis}: {' - '.join(told)}{_constant(study, cells[label], shared)}",
        found,
        len({key for own in keyed for key in own}),
        "" if found else _why(study, sides, "both"),
    )


def _interaction(study: Study, one: Value, other: Value) -> Contrast:
    firsts = {axis: first_label(study, axis) for axis in (one[0], other[0])}
    sides = [firsts, firsts | dict([one]), firsts | dict([other]), dict([one, other])]
    keyed, shared = _keyed(study, sides)
    found = _means(keyed, (1.0, -1.0, -1.0, 1.0))
    first, both = _used(found, sides[1]), _used(found, sides[3])
    of_one = {axis for cell in first for axis in cell}
    told = _told(study, one, first, [*shared, other[0]])
    told += f" x {other[0]} {_told(study, other, both, [*of_one, *shared])}"
    return Contrast(
        "interaction",
        f"interaction: {one[0]} {told}{_constant(study, both, shared)}",
        found,
        len({key for own in keyed for key in own}),
        "" if found else _why(study, sides, "all four"),
    )


def _keyed(study: Study, sides: Sequence[Labels]) -> tuple[list[_Keyed], list[str]]:
    """The cells of each side by their labels on the axes that all sides have, and these axes."""
    groups = [_largest(study, cells_with(study, side)) for side in sides]
    named = [{axis for cell in own for axis in cell} for own in groups]
    shared = [
        axis for axis in study.axes if axis not in sides[0] and all(axis in own for own in named)
    ]
    keyed: list[_Keyed] = []
    for own in groups:
        found: dict[tuple[str, ...], list[Labels]] = {}
        for cell in own:
            found.setdefault(tuple(cell.get(axis, "") for axis in shared), []).append(cell)
        keyed.append(found)
    return keyed, shared


def _largest(study: Study, cells: Sequence[Labels]) -> Sequence[Labels]:
    """The cells of the largest budget; all of a study without budgets."""
    if BUDGET not in study.axes:
        return cells
    largest = largest_budget(study.axes[BUDGET])
    return [cell for cell in cells if cell.get(BUDGET) == largest]


def _means(keyed: Sequence[_Keyed], weights: Sequence[float]) -> list[Combination]:
    """The combinations that all sides have, with each side's weight divided over its cells."""
    return [
        [
            (cell, weight / len(own[key]))
            for own, weight in zip(keyed, weights, strict=True)
            for cell in own[key]
        ]
        for key in keyed[0]
        if all(key in own for own in keyed)
    ]


def _used(found: Iterable[Combination], labels: Labels) -> list[Labels]:
    """The cells of combinations that have these labels."""
    return [cell for own in found for cell, _ in own if labels.items() <= cell.items()]


def _told(study: Study, value: Value, cells: Sequence[Labels], known: Sequence[str]) -> str:
    """A label, and what else its cells have labels of: `hot, T 2`, or `hot (mean of T 2, 5)`."""
    axis, told = value
    for name in study.axes:
        own = dict.fromkeys(cell[name] for cell in cells if name in cell)
        if name != axis and name not in known and own:
            told += (
                f", {name} {[*own][0]}" if len(own) == 1 else f" (mean of {name} {', '.join(own)})"
            )
    return told


def _constant(study: Study, cells: Sequence[Labels], shared: Sequence[str]) -> str:
    """The labels on shared axes that all cells have, if those axes have others too."""
    constant = [
        axis
        for axis in shared
        if len(study.axes[axis]) > 1 and len({cell.get(axis) for cell in cells}) == 1
    ]
    return at(study, cells[0], [axis for axis in constant if axis in cells[0]]) if cells else ""


def _why(study: Study, sides: Iterable[Labels], number: str) -> str:
    """Why no combination has the labels of all sides."""
    absent = [", ".join(side.values()) for side in sides if not cells_with(study, side)]
    if absent:
        return f"not run: {'; '.join(absent)}"
    return f"no combination of the other axes has {number}"


def _crossed(study: Study, one: Value, other: Value) -> bool:
    """Whether an axis has labels both where another has a label and where it has its first."""
    axis, label = other
    labels = (label, first_label(study, axis))
    return all(any(one[0] in cell for cell in cells_with(study, {axis: own})) for own in labels)
