"""`per_arm` of an ablation file: which settings each arm of a study is tuned in, and its trials.

    per_arm:
      over: [sampler]                                   # axes; an arm is a combination of labels
      optim.lr: {low: 1e-5, high: 1e-3, log: true}      # as in the space of a sweep
      trials: 4                                         # of every arm, with the same values

A trial is the arm's first cell (other axes at their first label) under the first seed, with other
values and without test sets. The cells of an arm get the values of its best trial.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from plion.config.identity import needed_by, replaced_by
from plion.config.layers import dotted
from plion.config.schema import Experiment
from plion.errors import InputError, suggest
from plion.results.reading.study import VARIANT
from plion.settings.walk import value_at
from plion.studies.design.axes import OWN
from plion.studies.design.grid import Ablation, Cell
from plion.studies.design.labels import name_part, titled
from plion.studies.design.layered import keys_of, known_settings, near_key
from plion.studies.search.metrics import MACRO_ERROR
from plion.studies.search.space import Dimension, Scalar, read_space
from plion.studies.tuning.proposals import Values, Wanted, proposed

_OVER, _TRIALS = "over", "trials"


@dataclass(frozen=True)
class Arm:
    """The cells with the same labels on some axes, and the trials that they are tuned by.

    first: the labels of its first cell, which the trials vary. trials: the settings and the
    experiment of each.
    """

    labels: Mapping[str, str]
    first: Mapping[str, str]
    trials: Sequence[tuple[Values, Experiment]]

    @property
    def title(self) -> str:
        """Its labels for a message: `sampler balanced`."""
        return arm_title(self.labels)


@dataclass(frozen=True)
class Tuning:
    """What a study tunes: its arms over some axes, and the values of the settings in the base.

    seed: of the trials. space: bounds or choices of each setting, as in the file. metric: that
    judges them.
    """

    over: Sequence[str]
    seed: int
    untuned: Values
    arms: Sequence[Arm]
    space: Mapping[str, Any]
    metric: str = MACRO_ERROR

    def is_trial(self, cell: Cell) -> bool:
        """Whether a cell, once it has its arm's values, is the run of the arm's best trial."""
        return cell.seed == self.seed and cell.labels == self.arm_of(cell).first

    def arm_of(self, cell: Cell) -> Arm:
        """The arm that a cell of the study belongs to."""
        own = _labels(cell, self.over)
        return next(arm for arm in self.arms if arm.labels == own)


def read_tuning(ablation: Ablation) -> Tuning | None:
    """The arms of an ablation with `per_arm`, in the order of their first cells; else None.

    Raises InputError for an unknown axis or setting, for a setting that an axis varies or that does
    not count in every arm, and for trials that cannot be.
    """
    if not ablation.per_arm:
        return None
    where = f"{ablation.path}: per_arm"
    over = _over(where, ablation)
    keys = [key for key in ablation.per_arm if key not in (_OVER, _TRIALS)]
    _check_keys(where, keys, ablation)
    firsts: list[Cell] = []
    for cell in ablation.cells:
        if not any(_labels(cell, over) == _labels(first, over) for first in firsts):
            firsts.append(cell)
    spaces = [_space(where, ablation, first, arm_title(_labels(first, over)), keys=keys)
              for first in firsts]  # fmt: skip
    own = {key: value_at(ablation.base, key) for key in keys}
    wanted = Wanted(_trials(where, ablation.per_arm), ablation.seeds[0], own)
    values = proposed(where, spaces[0], wanted)
    arms = [
        Arm(_labels(first, over), first.labels, _experiments(ablation, first, over, values))
        for first in firsts
    ]
    space = {key: ablation.per_arm[key] for key in keys}
    return Tuning(over, ablation.seeds[0], own, arms, space)


def arm_title(labels: Mapping[str, str]) -> str:
    """An arm's labels for a message: `sampler balanced`."""
    return titled(labels.items()) or "the other cells"


def laid(ablation: Ablation, cell: Cell, values: Mapping[str, Any]) -> Cell:
    """A cell with tuned values over its own settings."""
    tuned = dotted("per_arm", {**values, "seed": cell.seed})
    exp = ablation.below.named([*cell.settings, tuned], cell.exp.name)
    return replace(cell, exp=replace(exp, evaluate=cell.exp.evaluate))


def _over(where: str, ablation: Ablation) -> list[str]:
    """The axes that arms are combinations of; by default the first."""
    given = ablation.per_arm.get(_OVER, [next(iter(ablation.axes))])
    over = given if isinstance(given, list) else [given]
    if not over or len(set(map(str, over))) < len(over):
        raise InputError(f"{where}: over must be a list of different axes, not {given!r}")
    for axis in map(str, over):
        if axis not in ablation.axes:
            raise InputError(f"{where}: over: no axis '{axis}' {suggest(axis, ablation.axes)}")
    return list(map(str, over))


def _trials(where: str, given: Mapping[str, Any]) -> int | None:
    trials = given.get(_TRIALS)
    if trials is None:
        return None
    if isinstance(trials, bool) or not isinstance(trials, int) or trials < 2:
        raise InputError(f"{where}: trials must be a whole number of 2 or more, not {trials!r}")
    return trials


def _check_keys(where: str, keys: Sequence[str], ablation: Ablation) -> None:
    if not keys:
        raise InputError(f"{where} names no setting to tune, as `optim.lr: [1e-4, 3e-4, 1e-3]`")
    if ablation.base.trainer.validations < 1:
        raise InputError(f"{where}: tuning needs trainer.validations of 1 or more: {MACRO_ERROR}")
    for key in keys:
        if key not in known_settings():
            told = near_key(key, [_OVER, _TRIALS])
            raise InputError(f"{where}: unknown key '{key}' {told}")
        if key in OWN:
            raise InputError(f"{where}: {key} is set by the ablation itself")
        if known_settings()[key].about.identity != "training":
            raise InputError(f"{where}: {key} is no setting of training, which trials could tune")
        for layer in (layer for cell in ablation.cells for layer in cell.settings):
            if key in keys_of(layer):
                raise InputError(
                    f"{where}: {key} is set by {layer.where}; vary it there, or tune it here"
                )


def _space(
    where: str, ablation: Ablation, first: Cell, arm: str, *, keys: Sequence[str]
) -> Sequence[Dimension]:
    """The space of an arm; InputError for a setting that does not count in it."""
    for key in keys:
        needed = needed_by(key)
        if needed and not value_at(first.exp, needed):
            raise InputError(f"{where}: {key} counts only where {needed} is set, not in {arm}")
        other = replaced_by(key)
        if other and value_at(first.exp, other) is not None:
            raise InputError(f"{where}: {key} does not count beside {other}, as in {arm}")
    given = {key: ablation.per_arm[key] for key in keys}
    return read_space(f"{where}, {arm}", given, first.exp)


def _experiments(
    ablation: Ablation, first: Cell, over: Sequence[str], values: Sequence[Mapping[str, Scalar]]
) -> list[tuple[Values, Experiment]]:
    arm = "-".join(map(name_part, _labels(first, over).values())) or "others"
    found = []
    for number, own in enumerate(values):
        name = f"{ablation.name}-{arm}-t{number}"
        unseen = {"seed": ablation.seeds[0], "evaluate.test": False}
        tried = dotted(f"{ablation.path}: per_arm", {**own, **unseen})
        found.append((dict(own), ablation.below.named([*first.settings, tried], name)))
    return found


def _labels(cell: Cell, over: Sequence[str]) -> dict[str, str]:
    """The labels that decide a cell's arm; a variant, which has none of them, is an arm itself."""
    return {axis: label for axis, label in cell.labels.items() if axis in (*over, VARIANT)}
