"""The combinations of a study: product of the axes, `exclude`, `include`, and the variants."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from plion.config.layers import Layer, dotted
from plion.errors import InputError
from plion.results.reading.budget_axis import BUDGET
from plion.results.reading.study import VARIANT
from plion.studies.budgets.axis import budget_layers, check_beside, longest_held
from plion.studies.design.ablation_file import AblationFile
from plion.studies.design.axes import OWN, Axes, Axis, read_axes, read_value
from plion.studies.design.combinations import (
    Combination,
    all_different,
    included,
    product_of,
    without_excluded,
)
from plion.studies.design.idle import folded, refuse_idle, told_overrides
from plion.studies.design.labels import refuse_alike, titled
from plion.studies.design.layered import keys_of
from plion.studies.design.study_file import StudyFile, refuse_replaced


@dataclass(frozen=True)
class Layout:
    """What a study varies.

    below: the layers of settings under every combination. axes: the labels of each axis that a
    combination has. variants: names of combinations beside those of the axes, which come last.
    notes: what a user should be told, a sentence each.
    """

    below: list[Layer]
    axes: dict[str, list[str]]
    variants: list[str]
    combinations: list[Combination]
    notes: list[str]


def read_layout(path: Path, study: StudyFile[AblationFile]) -> Layout:
    """Reads what a study varies; InputError as `read_ablation`."""
    where, file = str(path), study.file
    axes, variants = read_axes(where, file.axes), _variants(where, file)
    if not axes:
        axes, variants = {VARIANT: Axis(VARIANT, variants)}, {}
    held = study.held
    if file.budgets:
        check_beside(where, axes, variants)
        axes[BUDGET] = Axis(BUDGET, budget_layers(where, file.budgets))
        held |= longest_held(where, file.hold, file.budgets)
    own = dict.fromkeys(OWN, "the ablation itself")
    refuse_replaced(study.overrides, own | _setters(axes.values()))
    below = [*study.base, *study.overrides, dotted(f"{where}: hold and suite", held)]
    product = product_of(where, below, axes)
    kept = without_excluded(where, product, file.exclude, axes)
    more, axes = included(where, below, file.include, axes)
    kept = all_different(where, kept, more)
    beside = [Combination({VARIANT: name}, {VARIANT: layer}) for name, layer in variants.items()]
    _refuse_contradictions(where, axes, kept)
    refuse_idle(below, axes.values(), kept)
    refuse_idle(below, [Axis(VARIANT, variants)], beside)
    notes = told_overrides(below, study.overrides, [*kept, *beside])
    kept, folds = folded(below, axes.values(), kept)
    every = [*kept, *beside]
    _refuse_one_name(where, every)
    return Layout(below, _met(axes, kept), list(variants), every, [*notes, *folds])


def _variants(where: str, file: AblationFile) -> dict[str, Layer]:
    """The layers of the variants by name."""
    if not file.axes and not file.variants:
        raise InputError(f"{where}: `axes` is empty, and there are no `variants`")
    if VARIANT in file.axes and file.variants:
        raise InputError(f"{where}: an axis cannot be named '{VARIANT}' beside `variants`")
    for name, settings in file.variants.items():
        if not isinstance(settings, Mapping):
            raise InputError(f"{where}: variant '{name}' must be {{key: value}}, not {settings!r}")
    refuse_alike(f"{where}: variants", file.variants)
    return {
        name: read_value(f"{where}: variant", VARIANT, name, settings)
        for name, settings in file.variants.items()
    }


def _setters(axes: Iterable[Axis]) -> dict[str, str]:
    """Maps each setting varied by an axis to the axis, for messages."""
    return {key: f"axis '{axis.name}'" for axis in axes for key in axis.keys}


def _met(axes: Axes, found: Sequence[Combination]) -> dict[str, list[str]]:
    """The labels of each axis that any combination has."""
    met = {(axis, label) for one in found for axis, label in one.labels.items()}
    labels = {
        name: [label for label in axis.values if (name, label) in met]
        for name, axis in axes.items()
    }
    return {name: own for name, own in labels.items() if own}


def _refuse_contradictions(where: str, axes: Axes, found: Iterable[Combination]) -> None:
    """Raises InputError if two values of one combination set the same setting.

    The later one would replace the other, whose label then says what is not so.
    """
    for one, other in combinations(axes.values(), 2):
        for key in set(one.keys) & set(other.keys):
            for cell in found:
                if all(
                    axis.name in cell.layers and key in keys_of(cell.layers[axis.name])
                    for axis in (one, other)
                ):
                    raise InputError(
                        f"{where}: axes '{one.name}' and '{other.name}' both set {key}, as in "
                        f"{titled(cell.labels.items())}; set it by one of them"
                    )


def _refuse_one_name(where: str, found: Sequence[Combination]) -> None:
    """Raises InputError if runs of two combinations would have one name."""
    seen: dict[str, Combination] = {}
    for one in found:
        other = seen.setdefault(one.name, one)
        if other is not one:
            raise InputError(
                f"{where}: {titled(other.labels.items())} and {titled(one.labels.items())} would "
                f"both be named '{one.name}'; rename a label"
            )
