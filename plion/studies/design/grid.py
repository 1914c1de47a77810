"""Reads an ablation file into its cells: the product of axes and seeds, each an experiment.

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
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plion.config.experiment import experiment, trained_tag
from plion.config.layers import Layer, dotted
from plion.config.schema import Experiment
from plion.errors import InputError
from plion.results.csv_rows import FIXED, column
from plion.sampling.settings import Hold
from plion.settings.setting import setting
from plion.settings.walk import settings_of, value_at
from plion.studies.design.study_file import read_study_file, refuse_replaced

# Settings that the ablation itself sets, equal in all cells or one per seed.
_OWN = ("name", "seed", "data.suite", "hold.quantity", "hold.amount")


@dataclass
class AblationFile:
    """The keys of an ablation file."""

    question: str = ""
    base: str = ""
    hold: Hold = field(default_factory=Hold)
    axes: dict[str, Any] = field(default_factory=dict)
    seeds: list[int] = setting([0], low=0, below=2**32, help="of the runs of every cell")
    suite: str = ""


@dataclass(frozen=True)
class Cell:
    """One combination of axis values with one seed; `labels` maps axes to labels."""

    labels: dict[str, str]
    seed: int
    exp: Experiment


@dataclass(frozen=True)
class Ablation:
    """A study: its question, its cells in order, and the base model that they are compared with."""

    name: str
    question: str
    axes: dict[str, list[str]]
    seeds: list[int]
    base: Experiment
    cells: list[Cell]


def read_ablation(path: str | Path, overrides: Sequence[str] = ()) -> Ablation:
    """Reads an ablation file; the ablation is named by the file's stem.

    Overrides change the base experiment, or with the prefix `ablation.` the file itself. Raises
    InputError for an invalid file or experiment, for an axis without values or with settings that
    belong to the ablation, and for an override of a setting that every cell replaces.
    """
    path = Path(path)
    study = read_study_file(
        path, overrides, AblationFile, "ablation", varied="axes", check=_wrong_value
    )
    file = study.file
    axes = {axis: _values(axis, values, path) for axis, values in file.axes.items()}
    _check_columns(axes, path)
    refuse_replaced(study.overrides, dict.fromkeys(_OWN, "the ablation itself") | _setters(axes))
    below = [*study.base, *study.overrides, dotted(f"{path}: hold and suite", study.held)]
    cells = [
        _cell(path.stem, below, dict(zip(axes, combination, strict=True)), seed)
        for combination in itertools.product(*(values.items() for values in axes.values()))
        for seed in file.seeds
    ]
    base = _base(below)
    _force_too([base, *(cell.exp for cell in cells)])
    return Ablation(
        name=path.stem,
        question=file.question,
        axes={axis: list(values) for axis, values in axes.items()},
        seeds=file.seeds,
        base=base,
        cells=cells,
    )


def _base(below: Sequence[Layer]) -> Experiment:
    """The untrained base, decoded as the cells are; its tag is that of its own training."""
    base = experiment([*below, dotted("the base", {"name": "base"})], "base")
    base.tag.train = trained_tag(base.model.name)
    return base


def _force_too(exps: Sequence[Experiment]) -> None:
    """If any cell trains with `condition`, also decodes all that take a tag as `forced`.

    Otherwise only `condition` would be given the language. Does nothing if the ablation varies
    `tag.decode`.
    """
    conditioned = any(exp.tag.train == "condition" for exp in exps)
    if conditioned and len({exp.tag.decode for exp in exps}) == 1:
        for exp in exps:
            exp.evaluate.forced = exp.tag.takes_one


def _cell(
    study: str, below: Sequence[Layer], chosen: Mapping[str, tuple[str, Layer]], seed: int
) -> Cell:
    labels = {axis: label for axis, (label, _) in chosen.items()}
    name = "-".join([study, *map(_in_a_name, labels.values()), f"s{seed}"])
    own = dotted(f"cell {name}", {"name": name, "seed": seed})
    values = [layer for _, layer in chosen.values()]
    return Cell(labels, seed, experiment([*below, *values, own], name))


def _values(axis: str, values: Any, path: Path) -> dict[str, Layer]:
    """The values of an axis by label, each as a layer of settings."""
    where = f"{path}: axis '{axis}'"
    if isinstance(values, list):
        plain = {_label(value): value for value in values}
        if len(plain) < len(values):
            raise InputError(f"{where} has the same value twice")
        values = plain
    if not isinstance(values, dict) or not values:
        raise InputError(f"{where} has no values: list them or write `label: {{key: value}}`")
    settings = {
        _label(label): value if isinstance(value, dict) else {axis: value}
        for label, value in values.items()
    }
    layers = {label: dotted(f"{where}, {label}", keys) for label, keys in settings.items()}
    for layer in layers.values():
        for key in _OWN:
            if value_at(layer.values, key) is not None:
                raise InputError(
                    f"{layer.where}: {key} is set by the ablation itself, not by an axis"
                )
    names = [_in_a_name(label) for label in layers]
    for label, name in zip(layers, names, strict=True):
        if names.count(name) > 1:
            raise InputError(
                f"{where}: label '{label}' and another both become '{name}' in a run's name; "
                "write `label: value` with labels of letters, digits, '.' and '_'"
            )
    return layers


def _in_a_name(label: str) -> str:
    """A label as part of a folder's name."""
    return re.sub(r"[^\w.-]+", "-", label).strip("-") or "empty"


def _check_columns(axes: Mapping[str, Any], path: Path) -> None:
    """Raises InputError if an axis would take the name of another column of results.csv."""
    columns: dict[str, str] = {}
    for axis in axes:
        name = column(axis)
        if name in columns or (name in FIXED and axis != "tag.decode"):
            other = f"axis '{columns[name]}'" if name in columns else "a fixed column"
            raise InputError(
                f"{path}: axis '{axis}' would be column '{name}' of results.csv, which is the name "
                f"of {other}; rename the axis and write `label: {{key: value}}`"
            )
        columns[name] = axis


def _label(value: Any) -> str:
    """A value as YAML would write it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _setters(axes: Mapping[str, Mapping[str, Layer]]) -> dict[str, str]:
    """Maps each setting varied by an axis to the axis, for messages."""
    return {
        one.key: f"axis '{axis}'"
        for axis, values in axes.items()
        for layer in values.values()
        for one in settings_of(Experiment)
        if value_at(layer.values, one.key) is not None
    }


def _wrong_value(file: AblationFile) -> str | None:
    if not file.seeds or len(set(file.seeds)) < len(file.seeds):
        return f"seeds must be different whole numbers of 0 or more, not {file.seeds}"
    return None
