"""Contrasts of a study: the cells that differ in one axis or in two, and their coefficients.

An axis may have no label in some cells, and combinations may be left out. Cells are alike in other
axes if they agree wherever both have a label.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from plion.results.reading.study import VARIANT, Study

Labels = Mapping[str, str]
_Value = tuple[str, str]  # an axis and a label of it


@dataclass(frozen=True)
class Contrast:
    """A weighted sum of cells, given by their labels."""

    name: str
    cells: list[tuple[Labels, float]]


def main_contrasts(study: Study) -> list[Contrast]:
    """Every label against the first of its axis, and every variant against the reference.

    The other axes are at the reference; where that combination was left out, at the first one that
    there is with both labels.
    """
    mains = [_main(study, axis, label) for axis, label in _others(study)]
    return [*mains, *_variants(study)]


def interactions(study: Study) -> list[Contrast]:
    """The difference that a label of one axis makes to the effect of a label of another one.

    For each pair of labels of which the study has all four combinations.
    """
    pairs = combinations(_others(study), 2)
    found = (_interaction(study, one, other) for one, other in pairs if one[0] != other[0])
    return [one for one in found if one]


def contrasts_along(study: Study, axis: str) -> list[Contrast]:
    """The labels of an axis against its first, at every combination of the others; or variants."""
    if axis not in study.axes:
        return _variants(study)
    first, *others = study.axes[axis]
    return [
        _difference(study, axis, level, other)
        for level in _with(study, axis, first)
        for label in others
        for other in _with(study, axis, label)
        if _alike(level, other, axis)
    ]


def _others(study: Study) -> Iterator[_Value]:
    """Every axis with each of its labels except the first."""
    for axis, labels in study.axes.items():
        for label in labels:
            if label != _first(study, axis):
                yield axis, label


def _first(study: Study, axis: str) -> str:
    """The label that others of an axis are compared with."""
    return study.reference.get(axis, study.axes[axis][0])


def _with(study: Study, axis: str, label: str) -> list[Labels]:
    """The cells with a label, the reference before the others."""
    own = [cell for cell in study.cells if cell.get(axis) == label]
    return sorted(own, key=lambda cell: cell != study.reference)


def _alike(one: Labels, other: Labels, *but: str) -> bool:
    """Whether two cells agree on all axes but some, wherever both have a label."""
    return all(other.get(axis, label) == label for axis, label in one.items() if axis not in but)


def _partners(study: Study, level: Labels, value: _Value) -> Iterator[Labels]:
    """The cells with a label that are like another cell in all other axes."""
    axis, label = value
    return (cell for cell in _with(study, axis, label) if _alike(level, cell, axis))


def _main(study: Study, axis: str, label: str) -> Contrast:
    first = _first(study, axis)
    for level in _with(study, axis, first):
        if other := next(_partners(study, level, (axis, label)), None):
            return _difference(study, axis, level, other)
    level = {**study.reference, axis: first}
    return _difference(study, axis, level, {**level, axis: label})


def _difference(study: Study, axis: str, level: Labels, other: Labels) -> Contrast:
    both = level.keys() & other.keys() - {axis}
    name = (
        f"{axis}: {_own(axis, other, level)} - {_own(axis, level, other)}{_at(study, both, level)}"
    )
    return Contrast(name, [(level, -1.0), (other, 1.0)])


def _own(axis: str, cell: Labels, *beside: Labels) -> str:
    """A cell's label, and those on axes that no cell beside it has: `temperature, T 2`."""
    more = {name: label for name, label in cell.items() if not any(name in one for one in beside)}
    told = [f"{name} {label}" for name, label in more.items() if name != axis]
    return ", ".join([cell[axis], *told])


def _at(study: Study, axes: Collection[str], cell: Labels) -> str:
    """The labels of a cell on some axes, ` (at tag.train none)`."""
    told = ", ".join(f"{axis} {cell[axis]}" for axis in study.axes if axis in axes)
    return f" (at {told})" if told else ""


def _variants(study: Study) -> list[Contrast]:
    against = ", ".join(study.reference.values())
    return [
        Contrast(
            f"{VARIANT}: {name} - {against}", [(study.reference, -1.0), ({VARIANT: name}, 1.0)]
        )
        for name in study.variants
    ]


def _interaction(study: Study, one: _Value, other: _Value) -> Contrast | None:
    for level in _with(study, one[0], _first(study, one[0])):
        if level.get(other[0]) == _first(study, other[0]):
            for first, second, both in _corners(study, level, one, other):
                told = f"{one[0]} {_own(one[0], first, level)}"
                name = f"interaction: {told} x {other[0]} {_own(other[0], both, level, first)}"
                if level != study.reference:
                    name += _at(study, level.keys() - {one[0], other[0]}, level)
                return Contrast(name, [(level, 1.0), (first, -1.0), (second, -1.0), (both, 1.0)])
    return None


def _corners(
    study: Study, level: Labels, one: _Value, other: _Value
) -> Iterator[tuple[Labels, Labels, Labels]]:
    """The cells with one label, with the other and with both, alike in all axes but those two."""
    for first in _partners(study, level, one):
        for second in _partners(study, level, other):
            if _alike(first, second, one[0], other[0]):
                for both in _partners(study, first, other):
                    if both.get(one[0]) == one[1] and _alike(second, both, one[0]):
                        yield first, second, both
