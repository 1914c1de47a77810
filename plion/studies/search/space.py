"""The dimensions of a sweep: the values of a setting to try, and the trials that have it.

optim.lr: {low: 1e-5, high: 1e-3, log: true}                      # a range
sampler.name: [proportional, temperature]                         # choices
sampler.temperature.T: [1, 2, 5]                                  # of a policy: where it is chosen
batch.mix: {choices: [...], when: {sampler.name: proportional}}   # where you say
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from plion.config.schema import Experiment
from plion.errors import InputError, suggest
from plion.settings.walk import settings_of, value_at

Scalar = bool | int | float | str
_KEYS = ("low", "high", "log", "choices", "when")


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high` inclusive; `log`: on a logarithmic scale; `whole`: integers."""

    low: float
    high: float
    log: bool
    whole: bool


@dataclass(frozen=True)
class Dimension:
    """A setting to search; `when`: by other dimensions, their values with which a trial has it."""

    key: str
    values: Range | tuple[Scalar, ...]
    when: Mapping[str, tuple[Scalar, ...]]

    @property
    def ends(self) -> tuple[Scalar, ...]:
        """All choices, or the ends of the range: values to check before any trial."""
        if isinstance(self.values, Range):
            return (self.values.low, self.values.high)
        return self.values

    def applies(self, settings: Mapping[str, Scalar]) -> bool:
        """Whether a trial with these settings of the other dimensions has this one."""
        return all(settings.get(key) in values for key, values in self.when.items())


def read_space(where: str, given: Mapping[str, Any], base: Experiment) -> tuple[Dimension, ...]:
    """The dimensions of a sweep file's `space`, each after those that it depends on.

    `base` has the settings that are not searched. A setting of a policy applies where the policy is
    chosen, without being told. Raises InputError for a dimension that is neither a range nor a list
    of choices, and for one that no trial would have.
    """
    if not given:
        raise InputError(f"{where} is empty: there is nothing to search")
    read = {key: _dimension(where, key, one) for key, one in given.items()}
    kept = {key: _conditioned(where, one, read, base) for key, one in read.items()}
    ordered: list[Dimension] = []
    while kept:
        placed = {one.key for one in ordered}
        ready = [one for one in kept.values() if placed.issuperset(one.when)]
        if not ready:
            raise InputError(f"{where}: the conditions of {', '.join(kept)} go in a circle")
        ordered.append(kept.pop(ready[0].key))
    return tuple(ordered)


def example(dimension: Dimension, space: Sequence[Dimension]) -> dict[str, Scalar]:
    """Values of other dimensions with which a trial has this one."""
    by_key = {one.key: one for one in space}
    found: dict[str, Scalar] = {}
    for key, values in dimension.when.items():
        found |= {**example(by_key[key], space), key: values[0]}
    return found


def _dimension(where: str, key: str, given: Any) -> Dimension:
    if isinstance(given, list):
        given = {"choices": given}
    if not isinstance(given, Mapping) or not ("low" in given or given.get("choices")):
        raise InputError(f"{where}: {key} must be a list of choices or {{low: .., high: ..}}")
    for name in given:
        if name not in _KEYS:
            raise InputError(
                f"{where}: {key} has an unknown key '{name}' {suggest(str(name), _KEYS)}"
            )
    when = given.get("when") or {}
    if not isinstance(when, Mapping):
        raise InputError(f"{where}: {key}: `when` must be {{SETTING: VALUE}}, not {when!r}")
    conditions = {str(k): tuple(v) if isinstance(v, list) else (v,) for k, v in when.items()}
    return Dimension(key, _values(where, key, given), conditions)


def _values(where: str, key: str, given: Mapping[str, Any]) -> Range | tuple[Scalar, ...]:
    choices = given.get("choices")
    if choices is not None:
        if not isinstance(choices, list) or any(name in given for name in ("low", "high", "log")):
            raise InputError(f"{where}: {key} must have a list of choices or a range, not both")
        if any(isinstance(one, list | Mapping) for one in choices):
            raise InputError(f"{where}: {key}: each choice must be a single value, not a list")
        if len(set(map(str, choices))) < len(choices) or len(set(choices)) < len(choices):
            raise InputError(f"{where}: {key} has the same choice twice")
        return tuple(choices)
    low, high, log = given.get("low"), given.get("high"), given.get("log", False)
    if not isinstance(low, int | float) or not isinstance(high, int | float) or not low < high:
        raise InputError(f"{where}: {key} needs numbers low and high, low below high")
    if not isinstance(log, bool):
        raise InputError(f"{where}: {key}: log must be true or false, not {log!r}")
    if log and low <= 0:
        raise InputError(f"{where}: {key} is logarithmic, so low must be above 0, not {low}")
    return Range(low, high, bool(log), whole=_is_whole(key))


def _conditioned(
    where: str, one: Dimension, space: Mapping[str, Dimension], base: Experiment
) -> Dimension:
    """The dimension with conditions on other dimensions alone; those on the base are resolved."""
    known = {setting.key: setting for setting in settings_of(Experiment)}
    implied = {k: (v,) for k, v in known[one.key].when} if one.key in known else {}
    kept = {}
    for key, values in {**implied, **one.when}.items():
        if key not in known:
            raise InputError(
                f"{where}: {one.key}: `when` has an unknown key '{key}' {suggest(key, known)}"
            )
        if key not in space:
            had: Sequence[Scalar] = (value_at(base, key),)
        elif isinstance(found := space[key].values, Range):
            raise InputError(f"{where}: {one.key}: `when` needs choices, and {key} is a range")
        else:
            had = found
        met = tuple(value for value in values if value in had)
        if not values:
            raise InputError(
                f"{where}: {one.key}: `when` needs a value of {key}, or a list of them"
            )
        if not met or (key in one.when and len(met) < len(values)):
            wanted = " or ".join(str(value) for value in values if value not in had)
            raise InputError(
                f"{where}: {one.key} counts where {key} is {wanted}, which no trial has"
            )
        if key in space:
            kept[key] = met
    return replace(one, when=kept)


def _is_whole(key: str) -> bool:
    return any(one.key == key and one.kind is int for one in settings_of(Experiment))
