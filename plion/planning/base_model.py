"""The base model of an experiment: its family, folder, targets and cost of clips."""

from dataclasses import dataclass
from pathlib import Path

from plion.config.languages import known_languages
from plion.config.schema import Experiment
from plion.errors import InputError
from plion.models.base import Family
from plion.models.families import default_family, family, resolve
from plion.models.trainable.parts import check_parts
from plion.models.values import Targets
from plion.sampling.clip_cost import ClipCost


@dataclass(frozen=True)
class BaseModel:
    """A base model. `folder` is None if it is not available; the default family is then assumed."""

    family: Family
    folder: Path | None

    @property
    def clip_cost(self) -> ClipCost:
        """The cost of clips, by its family."""
        return self.family.clip_cost(self.folder)


def base_model(exp: Experiment, *, needed: bool) -> BaseModel:
    """The base model of an experiment, checked against its settings.

    `needed`: whether the plan needs its files; a plan by hours does not. Raises InputError if it is
    needed but missing; for settings that its family does not support, naming the experiment.
    """
    found = _found(exp, needed=needed)
    try:
        _check_settings(exp, found)
    except InputError as wrong:  # one run of many in an ablation
        raise InputError(f"{exp.name}: {wrong}") from None
    return found


def _check_settings(exp: Experiment, base: BaseModel) -> None:
    check_parts(base.family, exp.model, exp.trainer.gradient_checkpointing)
    if base.folder is not None:
        base.family.check_training(base.folder, targets_of(exp), exp.model, exp.trainer)


def targets_of(exp: Experiment) -> Targets:
    """The inputs and targets of an experiment's model, in training and in decoding."""
    return Targets(
        exp.data.target_text, exp.tag, exp.data.context, exp.seed, languages=known_languages(exp)
    )


def _found(exp: Experiment, *, needed: bool) -> BaseModel:
    try:
        folder = resolve(exp.model.name, like=exp.model.like)
    except InputError:
        if needed:
            raise
        return BaseModel(default_family(), None)
    return BaseModel(family(folder), folder)
