"""Contrasts of two cells that differ in one axis.

Cells are alike in other axes if they agree wherever both have a label.
"""

from collections.abc import Iterator

from plion.results.analysis.contrasts.contrast import (
    Contrast,
    Labels,
    Value,
    at,
    cells_with,
    first_label,
    other_labels,
)
from plion.results.reading.study import VARIANT, Study


def simple_effects(study: Study) -> list[Contrast]:
    """Every label against the first of its axis.

    The other axes are at the reference; where that combination was left out, at the first one that
    there is with both labels.
    """
    return [_simple(study, axis, label) for axis, label in other_labels(study)]


def variants(study: Study) -> list[Contrast]:
    """Every variant against the reference."""
    against = ", ".join(study.reference.values())
    return [
        Contrast(
            "variant",
            f"{VARIANT}: {name} - {against}",
            [[(study.reference, -1.0), ({VARIANT: name}, 1.0)]],
        )
        for name in study.variants
    ]


def contrasts_along(study: Study, axis: str) -> list[Contrast]:
    """The labels of an axis against its first, at every combination of the others; or variants."""
    if axis not in study.axes:
        return variants(study)
    first, *others = study.axes[axis]
    return [
        _difference(study, axis, level, other)
        for level in _with(study, axis, first)
        for label in others
        for other in _with(study, axis, label)
        if _alike(level, other, axis)
    ]


def _with(study: Study, axis: str, label: str) -> list[Labels]:
    """The cells with a label, the reference before the others."""
    return sorted(cells_with(study, {axis: label}), key=lambda cell: cell != study.reference)


def _alike(one: Labels, other: Labels, but: str) -> bool:
    """Whether two cells agree on all axes but one, wherever both have a label."""
    return all(other.get(axis, label) == label for axis, label in one.items() if axis != but)


def _partners(study: Study, level: Labels, value: Value) -> Iterator[Labels]:
    """The cells with a label that are like another cell in all other axes."""
    axis, label = value
    return (cell for cell in _with(study, axis, label) if _alike(level, cell, axis))


def _simple(study: Study, axis: str, label: str) -> Contrast:
    first = first_label(study, axis)
    for level in _with(study, axis, first):
        if other := next(_partners(study, level, (axis, label)), None):
            return _difference(study, axis, level, other)
    level = {**study.reference, axis: first}
    return _difference(study, axis, level, {**level, axis: label})


def _difference(study: Study, axis: str, level: Labels, other: Labels) -> Contrast:
    both = [name for name in level if name in other and name != axis]
    name = f"{axis}: {_own(axis, other, level)} - {_own(axis, level, other)}"
    return Contrast("simple effect", name + at(study, level, both), [[(level, -1.0), (other, 1.0)]])


def _own(axis: str, cell: Labels, beside: Labels) -> str:
    """A cell's label, and those on axes that the cell beside it lacks: `temperature, T 2`."""
    more = {name: label for name, label in cell.items() if name not in beside}
    told = [f"{name} {label}" for name, label in more.items() if name != axis]
    return ", ".join([cell[axis], *told])
