"""An ablation file becomes its cells: the product of the axes and seeds, each an experiment.

question: one sentence
base: ../experiments/NAME.yaml                  # relative to this file
hold: {quantity: audio_hours, amount: 2.0}      # equal in every cell
axes:                                           # a value is a label: {overrides}, or plain
  sampler:
    balanced: {sampler.name: balanced}
  tag.train: [none, predict]
seeds: [0, 1, 2]
suite: mini12
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plion.config import Experiment, Hold, experiment
from plion.errors import InputError
from plion.resolve import Layer, dotted, leaves, override, read_layers, resolve, value_at

PREFIX = "ablation."


@dataclass
class AblationFile:
    """The keys of an ablation file."""

    question: str = ""
    base: str = ""
    hold: Hold = field(default_factory=Hold)
    axes: dict[str, Any] = field(default_factory=dict)
    seeds: list[int] = field(default_factory=lambda: [0])
    suite: str = ""


@dataclass(frozen=True)
class Cell:
    """One combination of the axes' values under one seed; `labels` by axis."""

    labels: dict[str, str]
    seed: int
    exp: Experiment


@dataclass(frozen=True)
class Ablation:
    """A study: its question, its cells in order, and the untouched base it is measured from."""

    name: str
    question: str
    axes: dict[str, list[str]]
    seeds: list[int]
    base: Experiment
    cells: list[Cell]


def read_ablation(path: str | Path, overrides: Sequence[str] = ()) -> Ablation:
    """The ablation in a file, called by its stem.

    Overrides change the base experiment, or with the prefix `ablation.` the file itself. Raises
    InputError as `plion.config.load` does, for an axis without values, and for an override of what
    the ablation sets in every cell.
    """
    path = Path(path)
    own = [override(text.removeprefix(PREFIX)) for text in overrides if text.startswith(PREFIX)]
    layers = [*read_layers(path), *own]
    file = resolve(AblationFile, layers, _wrong_value)
    for key in ("base", "hold", "axes", "suite"):
        if not any(key in layer.values for layer in layers):
            raise InputError(f"{path}: '{key}' is lacking")
    shared = dotted(
        f"{path}: hold and suite",
        {
            "hold.quantity": file.hold.quantity,
            "hold.amount": file.hold.amount,
            "data.suite": file.suite,
        },
    )
    axes = {axis: _values(axis, values, path) for axis, values in file.axes.items()}
    others = [override(text) for text in overrides if not text.startswith(PREFIX)]
    _refuse_overridden(
        others, [shared, *(layer for axis in axes.values() for layer in axis.values())]
    )
    below = [*read_layers(path.parent / file.base), *others, shared]
    return Ablation(
        name=path.stem,
        question=file.question,
        axes={axis: list(values) for axis, values in axes.items()},
        seeds=file.seeds,
        base=experiment([*below, dotted("the base", {"name": "base"})], "base"),
        cells=[
            _cell(path.stem, below, dict(zip(axes, combination, strict=True)), seed)
            for combination in itertools.product(*(values.items() for values in axes.values()))
            for seed in file.seeds
        ],
    )


def _cell(
    study: str, below: Sequence[Layer], chosen: Mapping[str, tuple[str, Layer]], seed: int
) -> Cell:
    labels = {axis: label for axis, (label, _) in chosen.items()}
    name = "-".join([study, *labels.values(), f"s{seed}"])
    own = dotted(f"cell {name}", {"name": name, "seed": seed})
    values = [layer for _, layer in chosen.values()]
    return Cell(labels, seed, experiment([*below, *values, own], name))


def _values(axis: str, values: Any, path: Path) -> dict[str, Layer]:
    """An axis's values by label, each as the settings that it stands for."""
    where = f"{path}: axis '{axis}'"
    if isinstance(values, list):
        plain = {_label(value): value for value in values}
        if len(plain) < len(values):
            raise InputError(f"{where} has the same value twice")
        values = plain
    if not isinstance(values, dict) or not values:
        raise InputError(f"{where} has no values: list them, or write `label: {{key: value}}`")
    settings = {
        _label(label): value if isinstance(value, dict) else {axis: value}
        for label, value in values.items()
    }
    return {label: dotted(f"{where}, {label}", keys) for label, keys in settings.items()}


def _label(value: Any) -> str:
    """A value as YAML would write it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _refuse_overridden(overrides: Sequence[Layer], later: Sequence[Layer]) -> None:
    """An override that every cell, or an axis, would silently replace."""
    for layer, (key, _) in itertools.product(overrides, leaves(Experiment)):
        if value_at(layer.values, key) is None:
            continue
        for other in later:
            if value_at(other.values, key) is not None:
                raise InputError(f"{layer.where} would be replaced ({other.where} sets {key})")
        if key in ("seed", "name"):
            raise InputError(f"{layer.where} would be replaced (the ablation sets {key})")


def _wrong_value(file: AblationFile) -> str | None:
    if file.hold.amount <= 0:
        return f"hold.amount must be above 0, not {file.hold.amount}"
    if not file.seeds or len(set(file.seeds)) < len(file.seeds) or min(file.seeds) < 0:
        return f"seeds must be different whole numbers from 0 on, not {file.seeds}"
    return None
