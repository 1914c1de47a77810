"""Checks of an experiment's settings beyond their bounds, and of combinations of settings."""

import re

from plion.config.branching import wrong_branching
from plion.config.schema import Experiment
from plion.config.training import WSD_DECAY
from plion.data.settings import wrong_augment
from plion.sampling.settings import Schedule
from plion.settings.walk import settings_of

_PASS_BY_PASS = ("adaptive", "replay")  # samplers whose shares no parameter decides alone


def wrong_name(name: str) -> str | None:
    """What is wrong with an experiment's name, which is also that of its folder; None if valid."""
    if re.fullmatch(r"\w[\w.-]*", name):
        return None
    return f"name '{name}' must consist of letters, digits, '.', '_' and '-'"


def wrong_alone(exp: Experiment) -> str | None:
    """What is wrong with a single value that is within its bounds; None if nothing is."""
    return wrong_augment(exp.data.augment) or (wrong_name(exp.name) if exp.name else None)


def wrong_together(exp: Experiment) -> str | None:
    """The first contradiction between settings, whichever layer set them; None if there is none."""
    return (
        _wrong_schedule(exp)
        or _wrong_warmup(exp)
        or wrong_branching(exp)
        or _wrong_devices(exp)
        or _wrong_training(exp)
        or _wrong_decoding(exp)
    )


def _wrong_decoding(exp: Experiment) -> str | None:
    """A contradiction between the decoding and the tag policy trained with."""
    if not exp.evaluate.forced or exp.tag.takes_one:
        return None
    return (
        "evaluate.forced gives the language as a tag, but a model trained with tag.train=absent "
        "has never seen one; leave it out"
    )


def _wrong_devices(exp: Experiment) -> str | None:
    """A contradiction between the optimiser step and the number of devices."""
    if not exp.batch.per_step % exp.trainer.devices:
        return None
    return (
        f"batch.per_step is {exp.batch.per_step}, which {exp.trainer.devices} devices cannot "
        "share equally; set a multiple of trainer.devices"
    )


def _wrong_training(exp: Experiment) -> str | None:
    """A contradiction between the parts that are trained, LoRA, EMA and precision."""
    frozen, lora = set(exp.model.freeze), set(exp.model.lora.parts)
    if both := sorted(frozen & lora):
        return (
            f"model.freeze and model.lora.parts both name {both[0]}; LoRA freezes the part's own "
            "weights already: remove it from model.freeze"
        )
    if exp.optim.ema is not None and exp.trainer.precision == "bf16-true":
        return (
            "optim.ema changes weights by less than bfloat16 can represent; set "
            "trainer.precision to bf16-mixed or 32"
        )
    return None


def _wrong_warmup(exp: Experiment) -> str | None:
    """A warm-up, given as an amount, that the run cannot have."""
    amount, held = exp.optim.warmup_amount, exp.hold.amount
    if amount is not None and exp.sampler.name == "adaptive":
        return (
            "optim.warmup_amount needs a run that is planned to its end, and the sampler adaptive "
            "decides pass after pass; set optim.warmup"
        )
    latest = held * (1 - WSD_DECAY) if exp.optim.schedule == "wsd" else held
    if amount is None or amount <= latest:
        return None
    until = "at which the decay of schedule wsd begins" if latest < held else "of the whole run"
    return (
        f"optim.warmup_amount is {amount:g}, more than the {latest:g} {exp.hold.quantity} {until}; "
        "lower it, or raise hold.amount"
    )


def _wrong_schedule(exp: Experiment) -> str | None:
    """A contradiction in the schedule of a sampler's parameter."""
    sampler, schedule = exp.sampler, exp.sampler.schedule
    if schedule.begin >= schedule.end:
        return (
            f"sampler.schedule begins at {schedule.begin:g} and ends at {schedule.end:g}; it must "
            "end after it begins"
        )
    if not schedule.parameter:
        alone = "sampler.schedule has no parameter to change; name one, or remove the schedule"
        return None if schedule == Schedule() else alone
    if sampler.name in _PASS_BY_PASS:
        return (
            f"sampler.schedule moves a parameter between passes, but sampler '{sampler.name}' has "
            "the shares of each pass from elsewhere; remove the schedule"
        )
    own = settings_of(type(sampler.policy), f"sampler.{sampler.name}.")
    numbers = {one.key.rpartition(".")[2]: one for one in own if one.kind is float}
    if schedule.parameter not in numbers:
        known = f"known: {', '.join(numbers)}" if numbers else "it has none"
        return (
            f"sampler.schedule.parameter '{schedule.parameter}' is not a number of sampler "
            f"'{sampler.name}' ({known})"
        )
    moved = numbers[schedule.parameter]
    if not moved.about.bounds.hold(schedule.target):
        wanted = f"{moved.about.bounds} like {moved.key}"
        return f"sampler.schedule.target must be {wanted}, not {schedule.target}"
    return None
