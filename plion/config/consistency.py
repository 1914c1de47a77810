"""What values an experiment's settings may have, and what of them must fit together."""

import re
from collections.abc import Callable
from typing import get_args

from plion.config.layers import value_at
from plion.config.schema import Experiment, Part, Schedule
from plion.data.settings import wrong_augment
from plion.errors import suggest
from plion.sampling.policies import POLICIES
from plion.text.normalize import NEWEST, PROFILES

# Lightning's words. YAML reads a bare 32 as a number, so the field is no Literal.
_PRECISIONS = ("auto", "32", "bf16-mixed", "bf16-true")

_SEEDS = 2**32  # what Lightning and NumPy take

# fmt: off
_ABOVE_0 = (
    "data.max_seconds", "batch.seconds", "batch.utterances", "batch.window", "batch.per_step",
    "hold.amount", "optim.lr", "trainer.devices", "trainer.threads", "trainer.log_every",
    "evaluate.seconds", "evaluate.utterances", "evaluate.tokens_per_second",
    "evaluate.beams", "evaluate.repetition_penalty",
    "model.lora.rank", "model.lora.alpha", "sampler.temperature.T", "sampler.unimax.epochs",
    "data.augment.masks.time_frames", "data.augment.masks.time_part",
    "data.augment.masks.frequency_bins",
)
_NOT_NEGATIVE = (
    "optim.weight_decay", "optim.clip", "trainer.workers", "trainer.validations",
    "trainer.checkpoints", "trainer.probe", "trainer.skip_bad_steps", "evaluate.latency",
    "data.augment.masks.time",
    "data.augment.masks.frequency",
    "sampler.two_level.corpus_exponent", "sampler.two_level.language_exponent",
)
_PARTS = (
    "model.lora.dropout",
    "optim.warmup", "optim.floor", "optim.beta1", "optim.beta2", "tag.mixed.p",
    "data.augment.noise.p", "data.augment.masks.time_part", "sampler.schedule.begin",
    "sampler.schedule.end",
)
# fmt: on

_RULES: tuple[tuple[str, tuple[str, ...], Callable[[float], bool]], ...] = (
    ("above 0", _ABOVE_0, lambda value: value > 0),
    ("0 or more", _NOT_NEGATIVE, lambda value: value >= 0),
    ("between 0 and 1", _PARTS, lambda value: 0 <= value <= 1),
)


def wrong_name(name: str) -> str | None:
    """What is wrong with the name of an experiment, which is that of its folder too."""
    if re.fullmatch(r"\w[\w.-]*", name):
        return None
    return f"name '{name}' must be of letters, digits, '.', '_' and '-'"


def wrong_value(exp: Experiment) -> str | None:
    """What is wrong with a value that has the right type, in words; None if nothing is."""
    words: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("sampler.name", tuple(POLICIES)),
        ("trainer.precision", _PRECISIONS),
        ("evaluate.profile", (*NEWEST, *PROFILES)),
    )
    for key, known in words:
        if value_at(exp, key) not in known:
            return f"{key} cannot be '{value_at(exp, key)}' {suggest(value_at(exp, key), known)}"
    for wanted, keys, holds in _RULES:
        for key in keys:
            if not holds(value_at(exp, key)):
                return f"{key} must be {wanted}, not {value_at(exp, key)}"
    if wrong := wrong_augment(exp.data.augment):
        return wrong
    for key in ("sampler.max_repeats", "trainer.price_per_hour", "trainer.peak_tflops"):
        if value_at(exp, key) is not None and not value_at(exp, key) > 0:
            return f"{key} must be above 0, not {value_at(exp, key)}"
    if exp.optim.ema is not None and not 0 <= exp.optim.ema < 1:
        return f"optim.ema must be 0 or more and below 1, not {exp.optim.ema}"
    if exp.name and (wrong := wrong_name(exp.name)):
        return wrong
    if not 0 <= exp.seed < _SEEDS:
        return f"seed must be 0 or more and below 2**32, not {exp.seed}"
    return None


def wrong_together(exp: Experiment) -> str | None:
    """What does not fit together, in words, whichever layer brought it; None if all does."""
    return (
        _wrong_schedule(exp) or _wrong_devices(exp) or _wrong_training(exp) or _wrong_decoding(exp)
    )


def _wrong_decoding(exp: Experiment) -> str | None:
    """What does not fit together in what is given to a model that was trained in some way."""
    if not exp.evaluate.forced or exp.tag.takes_one:
        return None
    return (
        "evaluate.forced gives the language as a tag, and a model of tag.train=absent has never "
        "seen one; leave it out"
    )


def _wrong_devices(exp: Experiment) -> str | None:
    """What does not fit together in a step and its devices."""
    if not exp.batch.per_step % exp.trainer.devices:
        return None
    return (
        f"batch.per_step is {exp.batch.per_step}, which {exp.trainer.devices} devices cannot "
        "share equally; make it a multiple of trainer.devices"
    )


def _wrong_training(exp: Experiment) -> str | None:
    """What does not fit together in what is trained and how."""
    frozen, lora, known = set(exp.model.freeze), set(exp.model.lora.parts), set(get_args(Part))
    if both := sorted(frozen & lora):
        return (
            f"model.freeze and model.lora.parts both name {both[0]}; a part with LoRA is frozen "
            "but for it: leave it out of model.freeze"
        )
    if frozen == known:
        return "model.freeze names every part, so that nothing is trained; leave one out"
    if lora and exp.model.lora.export == "adapter" and frozen | lora != known:
        whole = min(known - frozen - lora)
        return (
            f"model.lora.export=adapter exports the updates alone, but {whole} is trained whole; "
            "name it in model.freeze or model.lora.parts, or export merged"
        )
    if exp.optim.ema is not None and exp.trainer.precision == "bf16-true":
        return (
            "optim.ema moves by less than bfloat16 weights can; set trainer.precision to "
            "bf16-mixed or 32"
        )
    return None


def _wrong_schedule(exp: Experiment) -> str | None:
    """What does not fit together in a schedule."""
    sampler, schedule = exp.sampler, exp.sampler.schedule
    if schedule.begin >= schedule.end:
        return (
            f"sampler.schedule begins at {schedule.begin:g} and ends at {schedule.end:g}; it must "
            "end after it begins"
        )
    if not schedule.parameter:
        alone = "sampler.schedule moves nothing without a parameter; name one, or set none of it"
        return None if schedule == Schedule() else alone
    group = getattr(sampler, sampler.name, None)  # a policy without parameters has none
    own = vars(group) if group else {}
    numbers = [key for key, value in own.items() if isinstance(value, float)]
    if schedule.parameter not in numbers:
        known = f"known: {', '.join(numbers)}" if numbers else "it has none"
        return (
            f"sampler.schedule.parameter '{schedule.parameter}' is no number of sampler "
            f"'{sampler.name}' ({known})"
        )
    moved = f"sampler.{sampler.name}.{schedule.parameter}"
    for wanted, keys, holds in _RULES:
        if moved in keys and not holds(schedule.target):
            return f"sampler.schedule.target must be {wanted} like {moved}, not {schedule.target}"
    return None
