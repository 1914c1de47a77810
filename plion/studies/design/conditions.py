"""Conditions of axes (`when`): in which combinations an axis has a value."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plion.config.layers import Layer
from plion.errors import InputError
from plion.studies.design.labels import known_label, label_of
from plion.studies.design.layered import known_settings, near_key, same_value, value_of


@dataclass(frozen=True)
class Condition:
    """Where an axis applies: earlier axes have one of these labels, settings one of these values.

    All of them must.
    """

    labels: Mapping[str, Sequence[str]]
    settings: Mapping[str, Sequence[Any]]

    def holds(self, labels: Mapping[str, str], layers: Sequence[Layer]) -> bool:
        """Whether it holds for the labels chosen so far and the settings that they come to."""
        return all(labels.get(axis) in own for axis, own in self.labels.items()) and all(
            any(same_value(value_of(layers, key), value) for value in own)
            for key, own in self.settings.items()
        )

    def __str__(self) -> str:
        wanted = {**self.labels, **self.settings}
        return " and ".join(
            f"{key} is {' or '.join(map(label_of, own))}" for key, own in wanted.items()
        )


def read_condition(where: str, given: Any, axes: Mapping[str, Collection[str]]) -> Condition:
    """Reads what stands below `when`; `axes`: the labels of the axes above this one.

    Raises InputError for another form, and for an unknown axis, label, setting or value.
    """
    if not isinstance(given, Mapping) or not given:
        raise InputError(f"{where} must be {{axis or setting: value}}, not {given!r:.60}")
    labels, settings = {}, {}
    for name, value in given.items():
        key, wanted = str(name), value if isinstance(value, list) else [value]
        if not wanted or any(isinstance(one, list | Mapping) for one in wanted):
            raise InputError(f"{where} needs a value of {key}, or a list of values")
        if key in axes:
            labels[key] = [known_label(where, key, axes[key], one) for one in wanted]
        elif key in known_settings():
            for one in wanted:
                if wrong := known_settings()[key].wrong(one):
                    raise InputError(f"{where}: {wrong}")
            settings[key] = wanted
        else:
            raise InputError(
                f"{where}: '{key}' is neither an axis above this one nor a setting "
                f"{near_key(key, axes)}"
            )
    return Condition(labels, settings)
