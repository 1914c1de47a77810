"""Reads a sweep file into its search space: a base experiment and the settings to search.

base: ../experiments/NAME.yaml                  # relative to this file
hold: {quantity: audio_hours, amount: 2.0}      # equal in every trial
suite: mini12
seed: 0                                         # of the proposals; the runs have the base's
space:                                          # a range, or a list of choices
  optim.lr: {low: 1e-5, high: 1e-3, log: true}
  sampler.temperature.T: [1, 2, 5]
trials: 20
metric: valid/macro_error
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plion.config.experiment import experiment
from plion.config.layers import Layer, dotted
from plion.config.schema import Experiment
from plion.errors import InputError, suggest
from plion.sampling.settings import Hold
from plion.settings.setting import setting
from plion.settings.walk import settings_of
from plion.studies.design.study_file import read_study_file, refuse_replaced

METRIC = "valid/macro_error"  # the only metric to search by; never one of a test set
_FIXED = ("name", "data.suite", "hold.quantity", "hold.amount", "evaluate.test")

Scalar = bool | int | float | str


@dataclass
class SweepFile:
    """The keys of a sweep file."""

    base: str = ""
    hold: Hold = field(default_factory=Hold)
    suite: str = ""
    seed: int = setting(0, low=0, help="of the proposals; the runs have the base's")
    space: dict[str, Any] = field(default_factory=dict)
    trials: int = setting(20, above=0, help="runs that are proposed")
    metric: str = setting(METRIC, choices=(METRIC,), help="what the trials are judged by")


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high` inclusive; `log`: on a logarithmic scale; `whole`: integers."""

    low: float
    high: float
    log: bool
    whole: bool


@dataclass(frozen=True)
class Sweep:
    """A search: its dimensions by setting, and the layers shared by all trials."""

    name: str
    seed: int
    trials: int
    space: dict[str, Range | list[Scalar]]
    base: Experiment
    layers: Sequence[Layer]

    def trial(self, settings: Mapping[str, Scalar]) -> Experiment:
        """The experiment of one trial, without test sets."""
        unseen = dotted("the sweep", {"evaluate.test": False})
        return experiment([*self.layers, dotted("trial", settings), unseen], self.name)

    def best(self, settings: Mapping[str, Scalar]) -> Experiment:
        """The experiment to write to best.yaml, with test sets."""
        name = f"{self.name}-best"
        return experiment([*self.layers, dotted("trial", {**settings, "name": name})], name)


def read_sweep(path: str | Path, overrides: Sequence[str] = ()) -> Sweep:
    """Reads a sweep file; the sweep is named by the file's stem.

    Overrides change the base experiment, or with the prefix `sweep.` the file itself. Raises
    InputError for an invalid file or experiment, for a dimension that is neither a range nor a
    list, and for a value that an experiment cannot have.
    """
    path = Path(path)
    study = read_study_file(path, overrides, SweepFile, "sweep", varied="space")
    file, where = study.file, f"{path}: space"
    space = {key: _dimension(where, key, given) for key, given in file.space.items()}
    refuse_replaced(study.overrides, dict.fromkeys([*_FIXED, *space], "the sweep itself"))
    shared = {"name": path.stem, **study.held}
    below = [*study.base, *study.overrides, dotted(str(path), shared)]
    _refuse_impossible(where, below, space)
    base = experiment(below, path.stem)
    if base.trainer.validations < 1:
        raise InputError(f"{path}: a sweep needs trainer.validations of 1 or more for {METRIC}")
    return Sweep(path.stem, file.seed, file.trials, space, base, below)


def _dimension(where: str, key: str, given: Any) -> Range | list[Scalar]:
    if isinstance(given, list) and given:
        return given
    if not isinstance(given, Mapping):
        raise InputError(f"{where}: {key} must be a list of choices or {{low: .., high: ..}}")
    for name in given:
        if name not in ("low", "high", "log"):
            near = suggest(str(name), ("low", "high", "log"))
            raise InputError(f"{where}: {key} has an unknown key '{name}' {near}")
    low, high, log = given.get("low"), given.get("high"), given.get("log", False)
    if not isinstance(low, int | float) or not isinstance(high, int | float) or not low < high:
        raise InputError(f"{where}: {key} needs numbers low and high, low below high")
    if log and low <= 0:
        raise InputError(f"{where}: {key} is logarithmic, so low must be above 0, not {low}")
    return Range(low, high, bool(log), whole=_is_whole(key))


def _refuse_impossible(
    where: str, below: Sequence[Layer], space: Mapping[str, Range | list[Scalar]]
) -> None:
    """Raises InputError for unknown settings and invalid values, before any trial runs."""
    for key, values in space.items():
        if key in _FIXED:
            raise InputError(f"{where}: {key} is the same in every trial and cannot be searched")
        for value in values if isinstance(values, list) else (values.low, values.high):
            experiment([*below, dotted(where, {key: value})], "trial")


def _is_whole(key: str) -> bool:
    return any(one.key == key and one.kind is int for one in settings_of(Experiment))
