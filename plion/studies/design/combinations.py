"""The combinations of an ablation: product of its axes, with those left out and those put in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plion.config.layers import Layer
from plion.errors import InputError, suggest
from plion.studies.design.axes import Axes, Axis, read_value
from plion.studies.design.labels import known_label, label_of, name_part, refuse_alike, titled
from plion.studies.design.layered import known_settings


@dataclass(frozen=True)
class Combination:
    """A value of every axis that applies: its label by axis, and its layer, in the axes' order."""

    labels: Mapping[str, str]
    layers: Mapping[str, Layer]

    @property
    def settings(self) -> list[Layer]:
        """The layers of its values in order."""
        return list(self.layers.values())

    @property
    def name(self) -> str:
        """Its part of a run's name."""
        return "-".join(map(name_part, self.labels.values()))

    def joined(self, axis: str, label: str, layer: Layer) -> "Combination":
        """This combination with a value of one more axis."""
        return Combination({**self.labels, axis: label}, {**self.layers, axis: layer})

    def without(self, axes: Sequence[str]) -> "Combination":
        """This combination without a value of some axes."""
        labels = {axis: label for axis, label in self.labels.items() if axis not in axes}
        return Combination(labels, {axis: self.layers[axis] for axis in labels})


def product_of(where: str, below: Sequence[Layer], axes: Axes) -> list[Combination]:
    """Every value of every axis with every other, where their conditions hold.

    `below`: the layers of the base, which conditions see too. Raises InputError for an axis whose
    condition holds nowhere.
    """
    found = [Combination({}, {})]
    for axis in axes.values():
        found = [
            joined
            for one in found
            for joined in (
                [one.joined(axis.name, label, layer) for label, layer in axis.values.items()]
                if _applies(axis, below, one)
                else [one]
            )
        ]
        if not any(axis.name in one.labels for one in found):
            raise InputError(
                f"{where}: axis '{axis.name}' applies nowhere, as there is no combination in which "
                f"{axis.when}"
            )
    return found


def _applies(axis: Axis, below: Sequence[Layer], one: Combination) -> bool:
    return axis.when is None or axis.when.holds(one.labels, [*below, *one.settings])


def without_excluded(
    where: str, found: Sequence[Combination], entries: Sequence[Any], axes: Axes
) -> list[Combination]:
    """The combinations that no entry of `exclude` matches.

    Raises InputError for an entry that matches none, and if none is left.
    """
    kept = list(found)
    for number, entry in enumerate(entries, 1):
        own = f"{where}: exclude, entry {number}"
        if not isinstance(entry, Mapping) or not entry:
            raise InputError(f"{own}: expected {{axis: label}}, not {entry!r:.60}")
        wanted = {
            _known_axis(own, axis, axes): [
                known_label(own, str(axis), axes[str(axis)].values, one)
                for one in (value if isinstance(value, list) else [value])
            ]
            for axis, value in entry.items()
        }
        if not any(_matches(one, wanted) for one in found):
            raise InputError(f"{own} matches no combination of the axes")
        kept = [one for one in kept if not _matches(one, wanted)]
    if not kept:
        raise InputError(f"{where}: exclude leaves no combination of the axes")
    return kept


def _matches(one: Combination, wanted: Mapping[str, Sequence[str]]) -> bool:
    return all(one.labels.get(axis) in labels for axis, labels in wanted.items())


def included(
    where: str, below: Sequence[Layer], entries: Sequence[Any], axes: Axes
) -> tuple[list[Combination], Axes]:
    """The combinations of `include`, and the axes with the values that these bring.

    Raises InputError for an entry that does not name a value of every axis that applies, or of one
    that does not.
    """
    found: list[Combination] = []
    for number, entry in enumerate(entries, 1):
        own = f"{where}: include, entry {number}"
        if not isinstance(entry, Mapping):
            raise InputError(f"{own}: expected {{axis: value}}, not {entry!r:.60}")
        given = {_known_axis(own, axis, axes): value for axis, value in entry.items()}
        one = Combination({}, {})
        for axis in list(axes.values()):
            if not _applies(axis, below, one):
                if axis.name in given:
                    raise InputError(
                        f"{own}: axis '{axis.name}' does not apply here: it does where {axis.when}"
                    )
                continue
            if axis.name not in given:
                raise InputError(f"{own} has no value of axis '{axis.name}'")
            label, layer = _value(own, axis, given[axis.name])
            one = one.joined(axis.name, label, layer)
            values = {**axis.values, label: layer}
            refuse_alike(f"{own}: axis '{axis.name}'", values)
            axes = {**axes, axis.name: Axis(axis.name, values, axis.when)}
        found.append(one)
    return found, axes


def _value(where: str, axis: Axis, given: Any) -> tuple[str, Layer]:
    """A value of an axis by its label, a new plain one, or a new `{label: {key: value}}`."""
    own = f"{where}: axis '{axis.name}'"
    if not isinstance(given, Mapping):
        label = label_of(given)
        if label in axis.values:
            return label, axis.values[label]
        if axis.name not in known_settings():
            known_label(where, axis.name, axis.values, given)
        return label, read_value(own, axis.name, label, given)
    if len(given) != 1:
        raise InputError(f"{own}: expected a value or one {{label: {{key: value}}}}")
    [(name, value)] = given.items()
    if label_of(name) in axis.values:
        raise InputError(
            f"{own} has a value '{name}' already: write `{name}` alone, or another label"
        )
    return label_of(name), read_value(own, axis.name, label_of(name), value)


def all_different(
    where: str, product: Sequence[Combination], more: Sequence[Combination]
) -> list[Combination]:
    """The combinations of the product and of `include`; InputError for one that is there twice."""
    seen = {tuple(one.labels.items()) for one in product}
    for number, one in enumerate(more, 1):
        if (own := tuple(one.labels.items())) in seen:
            raise InputError(
                f"{where}: include, entry {number}: {titled(own)} is there already; leave it out"
            )
        seen.add(own)
    return [*product, *more]


def _known_axis(where: str, axis: Any, axes: Axes) -> str:
    if str(axis) not in axes:
        raise InputError(f"{where}: there is no axis '{axis}' {suggest(str(axis), axes)}")
    return str(axis)
