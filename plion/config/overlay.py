"""Lay a few values over settings that were resolved once: the many cells of a study.

`resolve` merges every layer with OmegaConf, which takes tenths of a second for an experiment. Here
the layers below are merged once, and values of exactly a setting's type take the place of theirs.
Anything else takes the long way, so that values and messages are those of `experiment`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, get_args, get_origin

from plion.config.consistency import wrong_alone
from plion.config.experiment import completed, experiment, merged
from plion.config.languages import all_language_rows
from plion.config.layers import Layer
from plion.config.schema import Experiment
from plion.errors import InputError
from plion.settings.walk import groups_of, settings_of
from plion.system.kinds import alternatives
from plion.system.yamls import escaped
from plion.text.normalize import resolve_profile

_SETTINGS = {one.key: one for one in settings_of(Experiment)}
_GROUPS = groups_of(Experiment)
_ELSEWHERE = ("languages", "data.suite")  # they bring rows of languages
_PLAIN = (str, int, float, bool)


class _Irregular(Exception):
    """A value that only `resolve` can take or refuse."""


class _Changes(dict[str, Any]):
    """New values of a group's fields; a group in it has changes of its own."""


class Overlay:
    """Experiments over the same layers below, which are merged once.

    They share the groups of settings that are equal: use `dataclasses.replace`, and never change
    one in place.
    """

    def __init__(self, below: Sequence[Layer]) -> None:
        self._below = list(below)
        self._changes: dict[int, tuple[Layer, _Changes | None]] = {}
        self._laid: dict[tuple[int, ...], Experiment | None] = {}
        try:
            base = merged(self._below)
            base.evaluate.profile = resolve_profile(base.evaluate.profile)
            self._languages = all_language_rows(base)
            self._laid[()] = base
        except InputError:  # each experiment raises it, in its place among other mistakes
            self._laid[()] = None

    def experiment(self, layers: Sequence[Layer], name: str) -> Experiment:
        """The same as `experiment([*below, *layers], name)`, errors included.

        Layers that several experiments share should be the same objects, and stand first.
        """
        found = self._over(layers)
        done = None if found is None else self._completed(found, found.name or name)
        return done or experiment([*self._below, *layers], name)

    def named(self, layers: Sequence[Layer], name: str) -> Experiment:
        """The same with a last layer that sets the name alone."""
        found = self._over(layers)
        done = None if found is None else self._completed(found, name)
        last = Layer(f"cell {name}", {"name": name})
        return done or experiment([*self._below, *layers, last], name)

    def _completed(self, exp: Experiment, name: str) -> Experiment | None:
        """The experiment under this name; None if it is wrong, which only `experiment` tells."""
        try:
            return completed(exp, name, self._languages)
        except InputError:
            return None

    def _over(self, layers: Sequence[Layer]) -> Experiment | None:
        """The base with the layers' values; None if only `experiment` can tell what they give."""
        if not layers:
            return self._laid[()]
        *earlier, last = layers
        key = tuple(map(id, earlier))
        if key not in self._laid:
            self._laid[key] = self._over(earlier)
        found, changes = self._laid[key], self._changes_of(last)
        if found is None or changes is None:
            return None
        changed = _changed(found, changes)
        return None if wrong_alone(changed) else changed

    def _changes_of(self, layer: Layer) -> _Changes | None:
        """The values of a layer, if each fits its setting and is within its bounds."""
        if id(layer) not in self._changes:
            try:
                found = _changes(layer.values)
            except (_Irregular, OverflowError):  # a whole number may be too large for a float
                found = None
            # The layer is kept, so that no other gets its id.
            self._changes[id(layer)] = (layer, found)
        return self._changes[id(layer)][1]


def _changes(values: Mapping[str, Any], prefix: str = "") -> _Changes:
    found = _Changes()
    for name, value in values.items():
        key = f"{prefix}{name}"
        if key in _GROUPS and "." not in name and isinstance(value, Mapping):
            found[name] = _changes(value, f"{key}.")
        elif key in _SETTINGS and "." not in name and key not in _ELSEWHERE:
            found[name] = _taken(_SETTINGS[key].kind, value)
            if _SETTINGS[key].wrong(found[name]):
                raise _Irregular
        else:
            raise _Irregular
    return found


def _taken(kind: Any, given: Any) -> Any:
    """A value as OmegaConf converts it to a type, for those that it takes as they are."""
    options = [option for option in alternatives(kind) if option is not type(None)]
    if given is None and len(options) < len(alternatives(kind)):
        return None
    (kind, *others), inner = options, get_args(options[0])
    if others or (isinstance(given, str) and escaped(given) != given):
        raise _Irregular
    if get_origin(kind) is Literal and type(given) is str and given in inner:
        return given
    if get_origin(kind) is list and type(given) is list:
        return [_taken(inner[0], item) for item in given]
    if get_origin(kind) is dict and type(given) is dict and all(type(key) is str for key in given):
        return {key: _taken(inner[1], item) for key, item in given.items()}
    if kind is float and type(given) is int:
        return float(given)
    if kind in _PLAIN and type(given) is kind:
        return given
    raise _Irregular


def _changed(settings: Any, changes: _Changes) -> Any:
    """The settings with changes, sharing all groups without any."""
    return replace(
        settings, **{name: _value(getattr(settings, name), new) for name, new in changes.items()}
    )


def _value(old: Any, new: Any) -> Any:
    if isinstance(new, _Changes):
        return _changed(old, new)
    # A mapping is merged into the one below; a list takes its place.
    return old | new if isinstance(new, dict) else new
