"""Contrasts of a study: the cells that differ in one axis or in two, and their coefficients.

An axis may have no label in some cells, and combinations may be left out. Cells are alike in other
axes if they agree wherever both have a label.
"""

from collections.abc import Iterator, Mapping
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


def _alike(one: Labels, other: Labels, but: str) -> bool:
    """Whether two cells agree on all axes but one, wherever both have a label."""
    return all(other.get(axis, label) == label for axis, label in one.items() if axis != but)


def _partner(study: Study, level: Labels, value: _Value) -> Labels | None:
    """The first cell with a label that is like another cell in all other axes."""
    axis, label = value
    found = (cell for cell in _with(study, axis, label) if _alike(level, cell, axis))
    return next(found, None)


def _main(study: Study, axis: str, label: str) -> Contrast:
    first = _first(study, axis)
    for level in _with(study, axis, first):
        if other := _partner(study, level, (axis, label)):
            return _difference(study, axis, level, other)
    level = {**study.reference, axis: first}
    return _difference(study, axis, level, {**level, axis: label})


def _difference(study: Study, axis: str, level: Labels, other: Labels) -> Contrast:
    name = f"{axis}: {other[axis]} - {level[axis]}{_at(study, [axis], level, other)}"
    return Contrast(name, [(level, -1.0), (other, 1.0)])


def _at(study: Study, varied: list[str], *cells: Labels) -> str:
    """The labels of cells on the other axes, ` (at tag.train none)`."""
    labels = {axis: label for cell in cells for axis, label in cell.items() if axis not in varied}
    told = ", ".join(f"{axis} {labels[axis]}" for axis in study.axes if axis in labels)
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
        if level.get(other[0]) != _first(study, other[0]):
            continue
        first, second = _partner(study, level, one), _partner(study, level, other)
        both = first and _partner(study, first, other)
        if first and second and both and both.get(one[0]) == one[1]:
            name = f"interaction: {' '.join(one)} x {' '.join(other)}"
            if level != study.reference:
                name += _at(study, [one[0], other[0]], level)
            return Contrast(name, [(level, 1.0), (first, -1.0), (second, -1.0), (both, 1.0)])
    return None
