"""An experiment: every setting of a run with its default, and the hash of what a run is.

    defaults <- files it `extends` <- the YAML <- key=value overrides

The dataclasses are the list of all keys. A policy's parameters sit in a group of the policy's own
name, `sampler.temperature.T`, and count only where the policy is chosen.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from omegaconf import OmegaConf

from plion.data.settings import Augment, changes, wrong_augment
from plion.errors import InputError, suggest
from plion.evaluation.normalize import NEWEST, PROFILES, resolve_profile
from plion.resolve import Layer, dotted, override, read_layers, resolve, value_at
from plion.runs import RunFolder
from plion.sampling.policies import POLICIES


@dataclass
class Model:
    name: str = "mini"  # hub id, folder in hf layout, run folder, or `mini`, the packaged base


@dataclass
class Data:
    root: str = "data/mini12"
    suite: str = "mini12"  # of the package, or the path of a YAML file
    exclude: list[str] = field(default_factory=list)  # benchmark keys left out of training
    target_text: Literal["verbatim", "plain"] = "plain"  # plain: no punctuation, no capitals
    on_bad_audio: Literal["raise", "skip"] = "raise"
    max_seconds: float = 30.0  # longer utterances are left out of training
    augment: Augment = field(default_factory=Augment)


@dataclass
class Balanced:
    pass_size: Literal["literal", "union"] = "literal"


@dataclass
class Temperature:
    T: float = 3.0  # a language's share is proportional to utterances ** (1 / T)


@dataclass
class Sampler:
    name: str = "proportional"  # of plion.sampling.policies.POLICIES
    redraw: Literal["per_pass", "once", "continue"] = "per_pass"
    allocation: Literal["even", "algorithm1"] = "even"
    balanced: Balanced = field(default_factory=Balanced)
    temperature: Temperature = field(default_factory=Temperature)


@dataclass
class Mixed:
    p: float = 0.5  # probability of `condition`; else `predict`


@dataclass
class Tag:
    train: Literal["none", "predict", "condition", "absent", "mixed"] = "predict"
    decode: Literal["free", "forced"] = "free"
    mixed: Mixed = field(default_factory=Mixed)


@dataclass
class Batch:
    seconds: float = 60.0  # padded seconds of a batch, at most
    utterances: int = 64  # of a batch, at most
    window: int = 2000  # utterances sorted by length together
    per_step: int = 1  # batches of an optimiser step, over all ranks


@dataclass
class Loss:
    unit: Literal["tokens", "utterances"] = "tokens"  # what the loss of a step is the mean over


@dataclass
class Hold:
    """A run ends at the first optimiser step at or past this amount."""

    quantity: Literal["audio_hours", "utterances", "supervised_tokens", "steps"] = "audio_hours"
    amount: float = 1.0


@dataclass
class Optim:
    lr: float = 1e-3
    weight_decay: float = 0.01
    beta1: float = 0.9
    beta2: float = 0.98
    warmup: float = 0.05  # part of the held amount
    schedule: Literal["linear", "cosine", "wsd", "constant"] = "linear"
    floor: float = 0.0  # part of lr that remains at the end
    clip: float = 1.0  # gradient norm, at most


@dataclass
class Trainer:
    accelerator: Literal["auto", "cpu", "gpu", "mps"] = "auto"
    devices: int = 1
    precision: str = "32"
    threads: int = 1  # changes the bits of a result, so it belongs to a run's identity
    workers: int = 0  # processes of the loader
    validations: int = 1  # over the run, the last at its end
    checkpoints: int = 4  # saves to resume from, over the run
    select: Literal["last", "best"] = "last"
    log_every: int = 10  # steps
    runs: str = "runs"
    price_per_hour: float | None = None


@dataclass
class Evaluate:
    test: bool = True
    seconds: float = 120.0  # padded seconds of a decoding batch, at most
    utterances: int = 64
    tokens_per_second: float = 30.0  # of an utterance's audio: what bounds its transcript
    profile: str = NEWEST["strict"]


@dataclass
class Experiment:
    """Everything about one run; `name` is its folder's and is not part of what it is."""

    name: str = ""
    model: Model = field(default_factory=Model)
    data: Data = field(default_factory=Data)
    sampler: Sampler = field(default_factory=Sampler)
    tag: Tag = field(default_factory=Tag)
    batch: Batch = field(default_factory=Batch)
    loss: Loss = field(default_factory=Loss)
    hold: Hold = field(default_factory=Hold)
    optim: Optim = field(default_factory=Optim)
    trainer: Trainer = field(default_factory=Trainer)
    evaluate: Evaluate = field(default_factory=Evaluate)
    seed: int = 0


# Lightning's words. YAML reads a bare 32 as a number, so the field is no Literal.
_PRECISIONS = ("32", "bf16-mixed", "bf16-true", "16-mixed")

_SEEDS = 2**32  # what Lightning and NumPy take

# fmt: off
_ABOVE_0 = (
    "data.max_seconds", "batch.seconds", "batch.utterances", "batch.window", "batch.per_step",
    "hold.amount", "optim.lr", "trainer.threads", "trainer.log_every", "evaluate.seconds",
    "evaluate.utterances", "evaluate.tokens_per_second", "sampler.temperature.T",
    "data.augment.masks.time_frames", "data.augment.masks.time_part",
    "data.augment.masks.frequency_bins",
)
_NOT_NEGATIVE = (
    "optim.weight_decay", "optim.clip", "trainer.workers", "trainer.validations",
    "trainer.checkpoints", "data.augment.masks.time", "data.augment.masks.frequency",
)
_PARTS = (
    "optim.warmup", "optim.floor", "optim.beta1", "optim.beta2", "tag.mixed.p",
    "data.augment.noise.p", "data.augment.masks.time_part",
)

# What cannot change a result, and what the hash holds by its content instead of by its name.
_NOT_IDENTITY = (
    "name", "model.name", "data.root", "data.suite", "trainer.runs", "trainer.workers",
    "trainer.checkpoints", "trainer.log_every", "trainer.price_per_hour", "evaluate.test",
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
        (settings["sampler"], exp.sampler.name),
        (settings["tag"], exp.tag.train),
    ):
        for key in [k for k, v in policies.items() if isinstance(v, dict) and k != chosen]:
            del policies[key]
    del settings["data"]["augment"]
    if changed := changes(exp.data.augment):
        settings["data"]["augment"] = changed
    return settings


def evaluation_identity(exp: Experiment) -> dict[str, Any]:
    """The settings that matter where a model is only evaluated: none of its training's."""
    settings = identity(exp)
    return {
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
    rules: tuple[tuple[str, tuple[str, ...], Callable[[float], bool]], ...] = (
        ("above 0", _ABOVE_0, lambda value: value > 0),
        ("0 or more", _NOT_NEGATIVE, lambda value: value >= 0),
        ("between 0 and 1", _PARTS, lambda value: 0 <= value <= 1),
    )
    for wanted, keys, holds in rules:
        for key in keys:
            if not holds(value_at(exp, key)):
                return f"{key} must be {wanted}, not {value_at(exp, key)}"
    if wrong := wrong_augment(exp.data.augment):
        return wrong
    if not 0 <= exp.seed < _SEEDS:
        return f"seed must be 0 or more and below 2**32, not {exp.seed}"
    if exp.trainer.devices != 1:
        return (
            f"trainer.devices must be 1, not {exp.trainer.devices}: several are not supported yet"
        )
    return None
