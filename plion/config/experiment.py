"""An experiment: every setting of a run with its default, and the hash of what a run is.

    defaults <- files it `extends` <- the YAML <- key=value overrides

The dataclasses of `plion.config.schema` are the list of all keys.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from plion.config.consistency import wrong_name, wrong_together, wrong_value
from plion.config.layers import Layer, dotted, override, read_layers, resolve, value_at
from plion.config.schema import Experiment, TagPolicy
from plion.data.settings import changes
from plion.errors import InputError
from plion.runs.folder import RunFolder, run_of
from plion.system.yamls import write_yaml
from plion.text.normalize import resolve_profile

# fmt: off
# What cannot change a result, and what the hash holds by its content instead of by its name.
# Devices share the same batches: they change a sum's rounding, and a run may go on on others.
# How many steps may be skipped decides whether there is a result, and not which.
_NOT_IDENTITY = (
    "name", "model.name", "model.like", "data.root", "data.suite", "trainer.runs",
    "trainer.devices",
    "trainer.workers", "trainer.probe", "trainer.checkpoints", "trainer.log_every",
    "trainer.export",
    "trainer.skip_bad_steps",
    "trainer.gradient_checkpointing",
    "trainer.price_per_hour", "trainer.peak_tflops", "evaluate.test",
    "evaluate.latency", "evaluate.forced",
)
# fmt: on
# What was a setting once stays in the hash, so that earlier runs keep theirs.
_CONSTANT: dict[str, Any] = {"loss": {"unit": "tokens"}}


def load_experiment(path: str | Path, overrides: Sequence[str] = ()) -> Experiment:
    """The experiment of a YAML file with `key=value` overrides; its name defaults to the stem.

    Raises InputError naming the file or override, the key, and the nearest valid key or value.
    """
    return experiment([*read_layers(Path(path)), *map(override, overrides)], Path(path).stem)


def experiment(layers: Sequence[Layer], name: str) -> Experiment:
    """The experiment of ready layers (an ablation's cell), called `name` unless they name it.

    `strict` becomes the profile that it names today, so that what is written down stays true.
    Raises InputError as `load` does, and for a name that cannot be a folder's.
    """
    resolved = resolve(Experiment, [_without_loss(layer) for layer in layers], wrong_value)
    if wrong := wrong_together(resolved):
        raise InputError(f"{resolved.name or name}: {wrong}")
    resolved.name = resolved.name or name
    resolved.evaluate.profile = resolve_profile(resolved.evaluate.profile)
    if wrong := wrong_name(resolved.name):
        raise InputError(wrong)
    return resolved


def _without_loss(layer: Layer) -> Layer:
    """A layer without `loss.unit: tokens`, which earlier runs wrote down and is all there is.

    Raises InputError for another unit: `utterances` was not a mean over utterances.
    """
    if "loss" not in layer.values:
        return layer
    loss, rest = layer.values["loss"], {k: v for k, v in layer.values.items() if k != "loss"}
    if loss not in ({}, {"unit": "tokens"}):
        raise InputError(
            f"{layer.where}: there is no setting 'loss' any more: the loss of a step is the mean "
            "over its supervised tokens; take it out, and weigh languages with sampler.unit"
        )
    return Layer(layer.where, rest)


def evaluation(
    model: str,
    suite: str | None,
    root: str | None,
    overrides: Sequence[str],
    *,
    like: str | None = None,
    context: str | None = None,
) -> Experiment:
    """What `plion evaluate MODEL` is asked for.

    A run folder brings its own settings and name; another model is called `base` and has the
    defaults, but for the tag policy of a run's export, which is the run's. `root` defaults to
    data/SUITE where the suite is named or the model brings no data; `context` to the run's own, or
    none. `like`: the model that has what this one lacks beside its weights.
    """
    config = RunFolder(Path(model)).config
    other = {"data.suite": "mini12", "tag.train": trained_tag(model)}
    layers = read_layers(config) if config.is_file() else [dotted("plion evaluate", other)]
    if suite or not config.is_file():
        root = root or f"data/{suite or 'mini12'}"
    asked = [_layer("model.name", model), _layer("data.suite", suite), _layer("data.root", root)]
    asked.append(_layer("model.like", like))
    if context and any("\ud800" <= character <= "\udfff" for character in context):
        raise InputError(
            "--context: bytes that are no UTF-8, as half a surrogate pair, are no text"
        )
    told = _layer("data.context", context)
    last = [*map(override, overrides), *([told] if told else [])]
    return experiment([*layers, *filter(None, asked), *last], "base")


def _layer(key: str, value: str | None) -> Layer | None:
    return None if value is None else dotted("plion evaluate", {key: value})


def trained_tag(model: str) -> TagPolicy:
    """The tag policy that a run or its export was trained with; of any other model `predict`.

    That is Qwen3-ASR's own: it names the language itself.
    """
    config = run_of(model).config
    layers = read_layers(config) if config.is_file() else []
    found = [value_at(layer.values, "tag.train") for layer in layers]
    return cast(TagPolicy, next(filter(None, reversed(found)), "predict"))


def also_forced(exp: Experiment) -> bool:
    """Whether test sets are decoded a second time, with the true language given."""
    return exp.evaluate.forced and exp.tag.decoding == "free"


def to_yaml(exp: Experiment) -> str:
    """All settings as YAML that `load` reads back to an equal experiment."""
    return write_yaml(asdict(exp))


def identity(exp: Experiment) -> dict[str, Any]:
    """The settings that make a run what it is, nested as in the file.

    Left out: what cannot change the result, paths whose content is hashed in their place, the
    parameters of policies and augmentations not chosen, and the window that a model is made with.
    `tag.decode` counts by what it comes to, so that `matched` is `free` or `forced`.
    """
    settings = asdict(exp) | _CONSTANT
    for key in _NOT_IDENTITY:
        *groups, last = key.split(".")
        del (settings[groups[0]] if groups else settings)[last]
    for policies, chosen in (
        (settings["sampler"], (exp.sampler.name, exp.sampler.schedule.parameter and "schedule")),
        (settings["tag"], (exp.tag.train,)),
    ):
        for key in [k for k, v in policies.items() if isinstance(v, dict) and k not in chosen]:
            del policies[key]
    settings["tag"]["decode"] = exp.tag.decoding
    settings["model"]["freeze"] = sorted(set(exp.model.freeze))
    settings["model"]["lora"]["parts"] = sorted(set(exp.model.lora.parts))
    del settings["model"]["encoder_window"]
    settings["model"] |= _window(exp)
    if not exp.model.lora.parts:
        del settings["model"]["lora"]
    if exp.optim.name != "adamw":
        del settings["optim"]["beta1"], settings["optim"]["beta2"]
    del settings["data"]["augment"], settings["data"]["context"]
    settings["data"] |= _context(exp)
    if changed := changes(exp.data.augment):
        settings["data"]["augment"] = changed
    return settings


def evaluation_identity(exp: Experiment) -> dict[str, Any]:
    """The settings that matter where a model is only evaluated: none of its training's."""
    settings = identity(exp)
    return {
        "attention": decoding_attention(exp),
        **_window(exp),
        **_context(exp),
        "decode": exp.tag.decoding,
        "evaluate": settings["evaluate"],
        "trainer": {key: settings["trainer"][key] for key in ("accelerator", "threads")},
    }


def _window(exp: Experiment) -> dict[str, str]:
    """The window of the encoder where it is not the one that the model was made with."""
    window = exp.model.encoder_window
    return {} if window == "8s" else {"encoder_window": window}


def _context(exp: Experiment) -> dict[str, str]:
    """The context where there is one: without, a run is what it was before there could be any."""
    return {"context": exp.data.context} if exp.data.context else {}


def decoding_attention(exp: Experiment) -> str:
    """The attention of a decoding, on any device: it is in float32, where FlashAttention is not."""
    return "reference" if exp.model.attention == "reference" else "sdpa"


def fingerprint(settings: Mapping[str, Any], manifests: Mapping[str, str], model: str) -> str:
    """The eight hex digits of a run's folder.

    `settings` are an `identity` or `evaluation_identity` with the suite's rows, `manifests` sha256
    by name (`aishell1/train`), `model` is the base model's: the same settings on other data or
    weights are another run.
    """
    content = {"settings": settings, "manifests": dict(manifests), "model": model}
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:8]
