"""An experiment: every setting of a run, resolved from its layers.

    defaults <- files it `extends` <- the YAML <- key=value overrides

The dataclasses of `plion.config.schema` are the list of all keys.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast

from plion.config.consistency import wrong_alone, wrong_name, wrong_together
from plion.config.languages import all_language_rows, with_language_rows
from plion.config.layers import Layer, dotted, override, read_layers
from plion.config.resolve import resolve
from plion.config.schema import Experiment, TagPolicy
from plion.errors import InputError
from plion.runs.folder import RunFolder, run_of
from plion.runs.mixture import read_mixture, wrong_shares
from plion.settings.walk import value_at
from plion.system.yamls import write_yaml
from plion.text.normalize import resolve_profile


def load_experiment(path: str | Path, overrides: Sequence[str] = ()) -> Experiment:
    """Read an experiment from a YAML file with `key=value` overrides; default name: the file's.

    Raises InputError naming the file or override, the key, and the nearest valid key or value.
    """
    return experiment([*read_layers(Path(path)), *map(override, overrides)], Path(path).stem)


def experiment(layers: Sequence[Layer], name: str) -> Experiment:
    """The experiment of given layers (an ablation's cell, say); `name` unless they set a name.

    Replaces a profile without a version (`strict`) by the newest version, so that the recorded
    settings stay true. Raises InputError as `load_experiment`, and for an invalid name.
    """
    resolved = merged(layers)
    return completed(resolved, resolved.name or name, all_language_rows(resolved))


def merged(layers: Sequence[Layer]) -> Experiment:
    """The defaults with the layers over them, each checked alone; `completed` does the rest."""
    told = [_with_recorded_shares(with_language_rows(_without_loss(layer))) for layer in layers]
    return resolve(Experiment, told, wrong_alone)


def completed(exp: Experiment, name: str, languages: list[dict[str, Any]]) -> Experiment:
    """The experiment of this name, of merged settings and the rows of all languages.

    Raises InputError as `experiment`.
    """
    if wrong := wrong_together(exp):
        raise InputError(f"{name}: {wrong}")
    profile = resolve_profile(exp.evaluate.profile)
    if profile != exp.evaluate.profile:
        exp = replace(exp, evaluate=replace(exp.evaluate, profile=profile))
    exp = replace(exp, name=name, languages=languages)
    if wrong := wrong_name(name):
        raise InputError(wrong)
    return exp


def _with_recorded_shares(layer: Layer) -> Layer:
    """A layer with the rows of the file that its `sampler.replay.shares` names, and its pass size.

    Raises InputError for a file that cannot be read or has no shares, and for rows that are none.
    """
    key = "sampler.replay.shares"
    given = value_at(layer.values, key)
    found: dict[str, Any]
    if isinstance(given, str) and given:
        mixture = read_mixture(Path(given))
        rows = [one["shares"] for one in mixture["passes"]]
        found = {"shares": rows, "pass_size": mixture["pass_size"]}
    elif isinstance(given, list):
        found = {"shares": given}
    else:
        return layer
    for number, row in enumerate(found["shares"], 1):
        if wrong := wrong_shares(row):
            raise InputError(f"{layer.where}: {key}, pass {number}: {wrong}")
    # `en: 1` and `en: 1.0` are the same shares, and so the same run.
    found["shares"] = [{name: float(one) for name, one in row.items()} for row in found["shares"]]
    sampler = layer.values["sampler"]
    own = {**sampler, "replay": {**sampler["replay"], **found}}
    return replace(layer, values={**layer.values, "sampler": own})


def _without_loss(layer: Layer) -> Layer:
    """A layer without `loss.unit: tokens`, a setting of earlier versions with one valid value.

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
    """The experiment for `plion evaluate MODEL`.

    A run folder has its own settings and name; any other model is called `base` and gets the
    defaults, except that a run's export keeps the run's tag policy. `root` defaults to data/SUITE
    if the suite is named or the model has no data; `context` to the run's own, or none. `like`: a
    model to take files from that this one lacks beside its weights.
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
    """The tag policy that a run or its export was trained with; `predict` for any other model.

    Qwen3-ASR itself predicts the tag.
    """
    config = run_of(model).config
    layers = read_layers(config) if config.is_file() else []
    found = [value_at(layer.values, "tag.train") for layer in layers]
    return cast(TagPolicy, next(filter(None, reversed(found)), "predict"))


def also_forced(exp: Experiment) -> bool:
    """Whether test sets are decoded a second time, with the true language given."""
    return exp.evaluate.forced and exp.tag.decoding == "free"


def to_yaml(exp: Experiment) -> str:
    """All settings as YAML that `load_experiment` reads back to an equal experiment."""
    return write_yaml(asdict(exp))


def decoding_attention(exp: Experiment) -> str:
    """The attention used for decoding, which is in float32: FlashAttention does not support it."""
    return "reference" if exp.model.attention == "reference" else "sdpa"
