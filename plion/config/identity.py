"""What a run is: the settings that can change its result, and the hash of them.

Which settings belong to it each setting says itself (`Identity` in `plion.settings.setting`). What
a setting names by a path counts by its content, which `plion.planning.inputs` adds.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from plion.config.experiment import decoding_attention
from plion.config.schema import Experiment
from plion.data.settings import changes
from plion.settings.walk import settings_of, value_at

# What was a setting once stays in the hash, so that earlier runs keep theirs.
_CONSTANT: dict[str, Any] = {"loss": {"unit": "tokens"}}


def identity(exp: Experiment) -> dict[str, Any]:
    """The settings that make a run what it is, nested as in the file."""
    return _nested(_counted(exp)) | _CONSTANT


def evaluation_identity(exp: Experiment) -> dict[str, Any]:
    """The settings that matter where a model is only evaluated: none of its training's."""
    counted = _counted(exp) | {"model.attention": decoding_attention(exp)}
    always = [one.key for one in settings_of(Experiment) if one.about.identity == "always"]
    settings = _nested({key: counted[key] for key in always if key in counted})
    for group in ("model", "data", "tag"):  # their settings stand without them
        settings |= settings.pop(group, {})
    return settings


def fingerprint(settings: Mapping[str, Any], manifests: Mapping[str, str], model: str) -> str:
    """The eight hex digits of a run's folder.

    `settings` are an `identity` or `evaluation_identity` with the content that the settings name
    (the suite's rows), `manifests` sha256 by name (`aishell1/train`), `model` is the base model's:
    the same settings on other data or weights are another run.
    """
    content = {"settings": settings, "manifests": dict(manifests), "model": model}
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:8]


def _counted(exp: Experiment) -> dict[str, Any]:
    """The settings that can change a result, by key, each as what it comes to.

    Left out: what says of itself that it does not count, the parameters of policies not chosen, and
    what has no effect beside the other settings. Augmentation counts by what it changes of the
    audio; parts in any order; `tag.decode` as what it comes to, so that `matched` is `free` or
    `forced`. No context, and the window that models are made with, go unnamed: runs had neither
    setting once.
    """
    model, augment = exp.model, changes(exp.data.augment)
    without_effect = {
        "data.augment.": True,
        "data.context": not exp.data.context,
        "model.encoder_window": model.encoder_window == "8s",
        "model.lora.": not model.lora.parts,
        "sampler.schedule.": not exp.sampler.schedule.parameter,
    }
    dropped = tuple(key for key, idle in without_effect.items() if idle)
    come_to = {
        "model.freeze": sorted(set(model.freeze)),
        "model.lora.parts": sorted(set(model.lora.parts)),
        "tag.decode": exp.tag.decoding,
    }
    counted = {
        one.key: come_to.get(one.key, value_at(exp, one.key))
        for one in settings_of(Experiment)
        if one.about.identity in ("training", "always")
        and one.applies(exp)
        and not one.key.startswith(dropped)
    }
    return counted | ({"data.augment": augment} if augment else {})


def _nested(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Values by key with dots, as groups in groups."""
    nested: dict[str, Any] = {}
    for key, value in settings.items():
        *groups, last = key.split(".")
        inner = nested
        for name in groups:
            inner = inner.setdefault(name, {})
        inner[last] = value
    return nested
