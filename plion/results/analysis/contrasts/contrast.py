"""A contrast of a study, and the cells of a label.

An axis may have no label in some cells (it is conditional), and combinations may be left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from plion.results.reading.study import Study

Labels = Mapping[str, str]
Combination = Sequence[tuple[Labels, float]]
Value = tuple[str, str]  # an axis and a label of it
Kind = Literal["main effect", "interaction", "variant", "simple effect"]


@dataclass(frozen=True)
class Contrast:
    """The mean, over combinations of the axes that it is not about, of a weighted sum of cells.

    combinations: of each, its cells, given by their labels, with their weights. possible: how many
    combinations any of the labels compared has. lacking: why there are no combinations.
    """

    kind: Kind
    name: str
    combinations: Sequence[Combination]
    possible: int = 1
    lacking: str = ""


def other_labels(study: Study) -> Iterator[Value]:
    """Every axis with each of its labels except the first."""
    for axis, labels in study.axes.items():
        for label in labels:
            if label != first_label(study, axis):
                yield axis, label


def first_label(study: Study, axis: str) -> str:
    """The label that others of an axis are compared with."""
    return study.reference.get(axis, study.axes[axis][0])


def cells_with(study: Study, labels: Labels) -> list[Labels]:
    """The cells that have these labels."""
    return [cell for cell in study.cells if labels.items() <= cell.items()]


def at(study: Study, cell: Labels, axes: Sequence[str]) -> str:
    """The labels of a cell on some axes, ` (at tag.train none)`; empty for none."""
    told = ", ".join(f"{axis} {cell[axis]}" for axis in study.axes if axis in axes)
    return f" (at {told})" if told else ""
