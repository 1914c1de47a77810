"""Reads the common part of ablation and sweep files: base experiment, hold, suite, overrides."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from plion.config.layers import Layer, override, read_layers
from plion.config.resolve import resolve
from plion.errors import InputError
from plion.sampling.settings import Hold
from plion.settings.walk import value_at


class Keys(Protocol):
    """Keys that every study file has."""

    base: str
    hold: Hold
    suite: str


F = TypeVar("F", bound=Keys)


@dataclass(frozen=True)
class StudyFile(Generic[F]):
    """A parsed study file, the layers of its base experiment, and the overrides of the base."""

    file: F
    base: list[Layer]
    overrides: list[Layer]

    @property
    def held(self) -> dict[str, Any]:
        """The settings that are equal in every run of the study."""
        return {
            "hold.quantity": self.file.hold.quantity,
            "hold.amount": self.file.hold.amount,
            "data.suite": self.file.suite,
        }


def read_study_file(
    path: Path,
    overrides: Sequence[str],
    schema: type[F],
    verb: str,
    *,
    varied: str,
    instead: str = "",
    dotted: str = "",
    check: Callable[[F], str | None] | None = None,
) -> StudyFile[F]:
    """Reads a study file and applies overrides; those with the prefix `VERB.` change the file.

    `varied` is the key (`axes`, `space`) whose own keys are dotted settings, `dotted` another: an
    override `VERB.VARIED.SETTING=value` replaces that setting's values; `varied` may be missing
    where the key `instead` is there. Raises InputError for an invalid file or override, and for a
    missing key.
    """
    own = {text: override(text) for text in overrides if text.startswith(f"{verb}.")}
    groups = [key for key in (varied, dotted) if key]
    inner = {text: group for text in own for group in groups if text.startswith(f"{verb}.{group}.")}
    layers = [
        *read_layers(path),
        *(
            Layer(layer.where, layer.values[verb])
            for text, layer in own.items()
            if text not in inner
        ),
    ]
    _refuse_kind(path, verb, layers)
    file = resolve(schema, layers, check)
    for text, group in inner.items():
        key = text.partition("=")[0].strip()
        setting = key.removeprefix(f"{verb}.{group}.")
        getattr(file, group)[setting] = value_at(own[text].values, key)
    given = {key for layer in layers for key in layer.values}
    for key in ("base", "hold", varied, "suite"):
        if key not in given and not (key == varied and instead in given):
            raise InputError(f"{path}: '{key}' is missing")
    others = [override(text) for text in overrides if text not in own]
    return StudyFile(file, read_layers(base_file(path, file.base)), others)


def base_file(path: Path, base: str) -> Path:
    """The file of a study's base, relative to its own; InputError if there is none."""
    if not (found := path.parent / base).is_file():
        raise InputError(f"{path}: base {found}: no such file")
    return found


def _refuse_kind(path: Path, verb: str, layers: Sequence[Layer]) -> None:
    """Raises InputError for a file of another verb."""
    given = {key for layer in layers for key in layer.values}
    for kind, key, other in (("ablation", "axes", "ablate"), ("sweep", "space", "sweep")):
        if key in given and kind != verb:
            raise InputError(f"{path} has `{key}`: it is a file for `plion {other}`")


def refuse_replaced(overrides: Sequence[Layer], by: Mapping[str, str]) -> None:
    """Raises InputError for an override of a setting that every run replaces.

    `by`: maps such settings to what sets them.
    """
    for layer in overrides:
        for key, setter in by.items():
            if value_at(layer.values, key) is not None:
                raise InputError(f"{layer.where} would be replaced ({setter} sets {key})")
