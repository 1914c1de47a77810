"""An experiment: every setting of a run with its default, and the hash of what a run is.

    defaults <- files it `extends` <- the YAML <- key=value overrides

The dataclasses of `plion.settings` are the list of all keys.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

from omegaconf import OmegaConf

from plion.data.settings import changes, wrong_augment
from plion.errors import InputError, suggest
from plion.evaluation.normalize import NEWEST, PROFILES, resolve_profile
from plion.resolve import Layer, dotted, override, read_layers, resolve, value_at
from plion.runs import RunFolder
from plion.sampling.policies import POLICIES
from plion.settings import Experiment, Part, Schedule

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

_RULES: tuple[tuple[str, tuple[str, ...], Callable[[float], bool]], ...] = (
    ("above 0", _ABOVE_0, lambda value: value > 0),
    ("0 or more", _NOT_NEGATIVE, lambda value: value >= 0),
    ("between 0 and 1", _PARTS, lambda value: 0 <= value <= 1),
)

# What cannot change a result, and what the hash holds by its content instead of by its name.
# Devices share the same batches: they change a sum's rounding, and a run may go on on others.
# How many steps may be skipped decides whether there is a result, and not which.
_NOT_IDENTITY = (
    "name", "model.name", "data.root", "data.suite", "trainer.runs", "trainer.devices",
    "trainer.workers", "trainer.probe", "trainer.checkpoints", "trainer.log_every",
    "trainer.skip_bad_steps",
    "trainer.gradient_checkpointing",
    "trainer.price_per_hour", "trainer.peak_tflops", "evaluate.test",
    "evaluate.latency",
)
# fmt: on


def load(path: str | Path, overrides: Sequence[str] = ()) -> Experiment:
    """The experiment of a YAML file with `key=value` overrides; its name defaults to the stem.

    Raises InputError naming the file or override, the key, and the nearest valid key or value.
    """
    return experiment([*read_layers(Path(path)), *map(override, overrides)], Path(path).stem)


def experiment(layers: Sequence[Layer], name: str) -> Experiment:
    """The experiment of ready layers (an ablation's cell), called `name` unless they name it.

    `strict` becomes the profile that it names today, so that what is written down stays true.
    Raises InputError as `load` does, and for a name that cannot be a folder's.
    """
    resolved = resolve(Experiment, layers, wrong_value)
    together = (_wrong_schedule, _wrong_devices, _wrong_training)
    if wrong := next(filter(None, (check(resolved) for check in together)), None):
        raise InputError(f"{resolved.name or name}: {wrong}")
    resolved.name = resolved.name or name
    resolved.evaluate.profile = resolve_profile(resolved.evaluate.profile)
    if not re.fullmatch(r"\w[\w.-]*", resolved.name):
        raise InputError(f"name '{resolved.name}' must be of letters, digits, '.', '_' and '-'")
    return resolved


def evaluation(
    model: str, suite: str | None, root: str | None, overrides: Sequence[str]
) -> Experiment:
    """What `plion evaluate MODEL` is asked for.

    A run folder brings its own settings and name; another model is called `base` and has the
    defaults. `root` defaults to data/SUITE where the suite is named or the model brings no data.
    """
    config = RunFolder(Path(model)).config
    layers = read_layers(config) if config.is_file() else [_layer("data.suite", "mini12")]
    if suite or not config.is_file():
        root = root or f"data/{suite or 'mini12'}"
    asked = [_layer("model.name", model), _layer("data.suite", suite), _layer("data.root", root)]
    return experiment([*layers, *filter(None, asked), *map(override, overrides)], "base")


def _layer(key: str, value: str | None) -> Layer | None:
    return None if value is None else dotted("plion evaluate", {key: value})


def to_yaml(exp: Experiment) -> str:
    """All settings as YAML that `load` reads back to an equal experiment."""
    return OmegaConf.to_yaml(OmegaConf.structured(exp))


def identity(exp: Experiment) -> dict[str, Any]:
    """The settings that make a run what it is, nested as in the file.

    Left out: what cannot change the result, paths whose content is hashed in their place, and the
    parameters of policies and augmentations not chosen.
    """
    settings = asdict(exp)
    for key in _NOT_IDENTITY:
        *groups, last = key.split(".")
        del (settings[groups[0]] if groups else settings)[last]
    for policies, chosen in (
        (settings["sampler"], (exp.sampler.name, exp.sampler.schedule.parameter and "schedule")),
        (settings["tag"], (exp.tag.train,)),
    ):
        for key in [k for k, v in policies.items() if isinstance(v, dict) and k not in chosen]:
            del policies[key]
    settings["model"]["freeze"] = sorted(set(exp.model.freeze))
    settings["model"]["lora"]["parts"] = sorted(set(exp.model.lora.parts))
    if not exp.model.lora.parts:
        del settings["model"]["lora"]
    if exp.optim.name != "adamw":
        del settings["optim"]["beta1"], settings["optim"]["beta2"]
    del settings["data"]["augment"]
    if changed := changes(exp.data.augment):
        settings["data"]["augment"] = changed
    return settings


def evaluation_identity(exp: Experiment) -> dict[str, Any]:
    """The settings that matter where a model is only evaluated: none of its training's."""
    settings = identity(exp)
    return {
        "attention": exp.model.attention,
        "decode": exp.tag.decode,
        "evaluate": settings["evaluate"],
        "trainer": {key: settings["trainer"][key] for key in ("accelerator", "threads")},
    }


def fingerprint(settings: Mapping[str, Any], manifests: Mapping[str, str], model: str) -> str:
    """The eight hex digits of a run's folder.

    `settings` are an `identity` or `evaluation_identity` with the suite's rows, `manifests` sha256
    by name (`aishell1/train`), `model` is the base model's: the same settings on other data or
    weights are another run.
    """
    content = {"settings": settings, "manifests": dict(manifests), "model": model}
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:8]


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
    if not 0 <= exp.seed < _SEEDS:
        return f"seed must be 0 or more and below 2**32, not {exp.seed}"
    return None


def _wrong_devices(exp: Experiment) -> str | None:
    """What does not fit together in a step and its devices, whichever layer brought it."""
    if not exp.batch.per_step % exp.trainer.devices:
        return None
    return (
        f"batch.per_step is {exp.batch.per_step}, which {exp.trainer.devices} devices cannot "
        "share equally; make it a multiple of trainer.devices"
    )


def _wrong_training(exp: Experiment) -> str | None:
    """What does not fit together in what is trained and how, whichever layer brought it."""
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
    """What does not fit together in a schedule, whichever layer brought it."""
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
