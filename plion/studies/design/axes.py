"""The axes of an ablation file: their values by label, and where they apply."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from plion.config.layers import Layer, dotted
from plion.config.schema import Experiment
from plion.errors import InputError
from plion.results.columns import FIXED, column
from plion.settings.walk import groups_of
from plion.studies.design.conditions import Condition, read_condition
from plion.studies.design.labels import label_of, refuse_alike
from plion.studies.design.layered import keys_of, known_settings, near_key

AMOUNT = "hold.amount"
"""The one setting of the ablation itself that an axis of its own name may vary."""

OWN = (
    *("name", "seed", "data.suite", "hold.quantity", AMOUNT),
    *("trainer.branches", "trainer.trunk"),
)
"""Settings that the ablation itself sets, equal in all cells or one per seed."""


@dataclass(frozen=True)
class Axis:
    """An axis: a layer of settings for each label in order, and where it applies (None: always)."""

    name: str
    values: Mapping[str, Layer]
    when: Condition | None = None

    @cached_property
    def keys(self) -> Sequence[str]:
        """The settings that any of its values sets."""
        return list(dict.fromkeys(key for layer in self.values.values() for key in keys_of(layer)))


Axes = dict[str, Axis]


def read_axes(where: str, given: Mapping[str, Any]) -> dict[str, Axis]:
    """Reads what stands below `axes`, by name in order.

    Raises InputError for an axis without values or with a setting that is the ablation's own, for
    one of plain values that no setting has the name of, for two that would share a column of
    results.csv, and for a condition that cannot be known where it stands.
    """
    _check_columns(where, given)
    axes: dict[str, Axis] = {}
    for name, values in given.items():
        own, condition = f"{where}: axis '{name}'", None
        if isinstance(values, Mapping) and "when" in values:
            if set(values) != {"when", "values"}:
                raise InputError(f"{own}: beside `when` there must be `values`, and nothing else")
            labels = {axis.name: axis.values for axis in axes.values()}
            _check_order(own, values["when"], list(given)[len(axes) :])
            condition = read_condition(f"{own}: `when`", values["when"], labels)
            values = values["values"]
        elif isinstance(values, Mapping) and isinstance(values.get("values"), list):
            raise InputError(f"{own}: `values` needs `when` beside it; else list the values alone")
        axes[name] = Axis(name, _values(own, name, values), condition)
    _refuse_later(where, list(axes.values()))
    return axes


def read_value(where: str, axis: str, label: str, value: Any) -> Layer:
    """The layer of one value: of the setting that the axis is named after, or of many.

    Raises InputError as `read_axes`.
    """
    if not isinstance(value, Mapping):
        if value is None and axis not in known_settings():
            raise InputError(f"{where}, {label} sets nothing: write `{label}: {{key: value}}`")
        _check_named(where, axis)
        value = {axis: value}
    layer = dotted(f"{where}, {label}", value)
    for key in keys_of(layer):
        if key in OWN and not key == axis == AMOUNT:
            way = f"; vary it by an axis named {AMOUNT}" if key == AMOUNT else ""
            raise InputError(f"{layer.where}: {key} is set by the ablation itself{way}")
    return layer


def _values(where: str, axis: str, given: Any) -> dict[str, Layer]:
    """The layers of an axis's values by label."""
    if isinstance(given, list):
        plain = {label_of(value): value for value in given}
        if len(plain) < len(given):
            raise InputError(f"{where} has the same value twice")
        given = plain
    if not isinstance(given, Mapping) or not given:
        raise InputError(f"{where} has no values: list them or write `label: {{key: value}}`")
    labelled = {label_of(label): value for label, value in given.items()}
    refuse_alike(where, labelled)
    return {label: read_value(where, axis, label, value) for label, value in labelled.items()}


def _check_named(where: str, axis: str) -> None:
    """Raises InputError if an axis of plain values is not named after a setting."""
    otherwise = "list plain values under the name of a setting only; under any other name write"
    if axis in groups_of(Experiment):
        raise InputError(
            f"{where} is a group of settings; {otherwise} `label: {{{axis}.KEY: value}}`"
        )
    if axis not in known_settings():
        told = near_key(axis)
        raise InputError(f"{where} names no setting {told}; {otherwise} `label: {{key: value}}`")


def _check_order(where: str, given: Any, later: Sequence[str]) -> None:
    """Raises InputError if a condition names an axis that does not stand above its own."""
    for name in given if isinstance(given, Mapping) else ():
        if name in later:
            raise InputError(f"{where}: `when` sees the axes above it; write '{name}' above it")


def _refuse_later(where: str, axes: Sequence[Axis]) -> None:
    """Raises InputError if an axis sets what a condition above it, or its own, depends on."""
    for place, axis in enumerate(axes):
        for key in axis.when.settings if axis.when else ():
            for other in axes[place:]:
                if key in other.keys:
                    raise InputError(
                        f"{where}: axis '{axis.name}': `when` sees the axes above it, and axis "
                        f"'{other.name}' sets {key}; write that one above it"
                    )


def _check_columns(where: str, axes: Mapping[str, Any]) -> None:
    """Raises InputError if an axis would take the name of another column of results.csv."""
    columns: dict[str, str] = {}
    for axis in axes:
        name = column(axis)
        if name in columns or (name in FIXED and axis != "tag.decode"):
            other = f"axis '{columns[name]}'" if name in columns else "a fixed column"
            raise InputError(
                f"{where}: axis '{axis}' would be column '{name}' of results.csv, which is the "
                f"name of {other}; rename the axis and write `label: {{key: value}}`"
            )
        columns[name] = axis
