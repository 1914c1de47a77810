"""The identity of a run: the settings that can change its result, and their hash.

Each setting states whether it belongs to the identity (`Identity` in `plion.settings.setting`).
Files named by settings count by their content, which `plion.planning.inputs` adds.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from plion.config.experiment import decoding_attention
from plion.config.schema import Experiment
from plion.data.settings import changes
from plion.settings.walk import settings_of, value_at

# Former settings stay in the hash, so that earlier runs keep theirs.
_CONSTANT: dict[str, Any] = {"loss": {"unit": "tokens"}}
_SEED = "\0seed"  # stands for any seed: no text of a setting has a NUL

# Settings that begin so count only where another one is neither empty nor 0.
_NEEDED = {
    "model.lora.": "model.lora.parts",
    "sampler.schedule.": "sampler.schedule.parameter",
    "data.augment.noise.": "data.augment.noise.folder",
    "data.augment.masks.time_": "data.augment.masks.time",
    "data.augment.masks.frequency_": "data.augment.masks.frequency",
}

# A setting that does not count once another one has a value.
_REPLACED = {"optim.warmup": "optim.warmup_amount"}


def replaced_by(key: str) -> str | None:
    """The setting that must have no value for another one to count; None if there is none."""
    return _REPLACED.get(key)


def needed_by(key: str) -> str | None:
    """The setting that must not be empty or 0 for another one to count; None if there is none."""
    for prefix, needed in _NEEDED.items():
        if key.startswith(prefix) and key != needed:
            return needed
    return None


def identity(exp: Experiment) -> dict[str, Any]:
    """The settings that identify a run, nested as in the file."""
    return _nested(_counted(exp)) | _CONSTANT


def evaluation_identity(exp: Experiment) -> dict[str, Any]:
    """The settings that identify an evaluation without training."""
    counted = _counted(exp) | {"model.attention": decoding_attention(exp)}
    always = [one.key for one in settings_of(Experiment) if one.about.identity == "always"]
    settings = _nested({key: counted[key] for key in always if key in counted})
    for group in ("model", "data", "tag"):  # their settings stand without them
        settings |= settings.pop(group, {})
    return settings


def fingerprint(settings: Mapping[str, Any], manifests: Mapping[str, str], model: str) -> str:
    """The eight hex digits in the name of a run's folder.

    `settings`: an `identity` or `evaluation_identity` with the content of files that it names (the
    suite's rows); `manifests`: sha256 by name (`aishell1/train`); `model`: identity of the base
    model. The same settings with other data or weights are another run.
    """
    return _digits(_canonical(settings, manifests, model))


def fingerprint_by_seed(
    settings: Mapping[str, Any], manifests: Mapping[str, str], model: str
) -> Callable[[int], str]:
    """Returns a function from a seed to the `fingerprint` of the settings with that seed.

    The seeds of a cell share all else, which takes a hundred times as long to write down.
    """
    canonical = _canonical({**settings, "seed": _SEED}, manifests, model)
    before, _, after = canonical.partition(json.dumps(_SEED))
    begun = hashlib.sha256(before.encode())  # most of it: a seed comes late in order of keys

    def of_seed(seed: int) -> str:
        whole = begun.copy()
        whole.update(f"{seed}{after}".encode())
        return whole.hexdigest()[:8]

    return of_seed


def _canonical(settings: Mapping[str, Any], manifests: Mapping[str, str], model: str) -> str:
    content = {"settings": settings, "manifests": dict(manifests), "model": model}
    return json.dumps(content, sort_keys=True, ensure_ascii=False)


def _digits(canonical: str) -> str:
    return hashlib.sha256(canonical.encode()).hexdigest()[:8]


def _counted(exp: Experiment) -> dict[str, Any]:
    """The settings that can change a result, by key, with their effective values.

    Leaves out settings marked as not counting, parameters of policies not chosen, and settings
    without effect beside the others. Augmentation counts by what it changes in the audio; lists of
    parts are sorted; `tag.decode: matched` becomes `free` or `forced`; of `optim.warmup` and
    `optim.warmup_amount` the one in use counts. An empty context and the default attention window
    are left out, since earlier runs did not have these settings.
    """
    model, augment = exp.model, changes(exp.data.augment)
    without_effect = {prefix: not value_at(exp, needed) for prefix, needed in _NEEDED.items()} | {
        "data.augment.": True,
        "data.context": not exp.data.context,
        "model.encoder_window": model.encoder_window == "8s",
    }
    # Runs begun before there was a `warmup_amount` keep the hash of those without one.
    idle_warmup = "optim.warmup_amount" if exp.optim.warmup_amount is None else "optim.warmup"
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
        and one.key != idle_warmup
    }
    return counted | ({"data.augment": augment} if augment else {})


def _nested(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Nested groups from values by dotted key."""
    nested: dict[str, Any] = {}
    for key, value in settings.items():
        *groups, last = key.split(".")
        inner = nested
        for name in groups:
            inner = inner.setdefault(name, {})
        inner[last] = value
    return nested
