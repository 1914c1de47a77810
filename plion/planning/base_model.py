"""The model that an experiment starts from: its family, where it is, what it is to say."""

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
    """A model by its folder; None where it is not at hand, and taken to be of the usual family."""

    family: Family
    folder: Path | None

    @property
    def clip_cost(self) -> ClipCost:
        """What clips cost it."""
        return self.family.clip_cost(self.folder)


def base_model(exp: Experiment, *, needed: bool) -> BaseModel:
    """The model of an experiment, which can be trained as it asks.

    `needed`: whether a plan cannot do without; a plan by hours can. Raises InputError where it is
    needed and not at hand, and for settings that its family does not have.
    """
    found = _found(exp, needed=needed)
    check_parts(found.family, exp.model, exp.trainer.gradient_checkpointing)
    if found.folder is not None:
        found.family.check_training(found.folder, targets_of(exp), exp.model, exp.trainer)
    return found


def targets_of(exp: Experiment) -> Targets:
    """What the model of an experiment is told and is to say, in training and in decoding."""
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
