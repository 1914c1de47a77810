"""The sections "Recipe" and "Cost" of a model card."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import yaml

from plion.config.identity import identity
from plion.config.schema import Experiment
from plion.publishing.finished import Finished, Training
from plion.publishing.origins import without_place
from plion.typesetting.amounts import money, price
from plion.typesetting.formats import tabulated


def recipe_section(run: Finished, layout: str) -> str:
    """The settings, the versions, and the experiment file that repeats the run."""
    made = "mini" if run.synthetic else "prepare"
    return "\n\n".join(
        [
            "## Recipe",
            tabulated(["", ""], list(_settings(run, layout)), words=2, style="github"),
            f"To repeat the run with the corpora of `plion data {made}`:",
            "    plion train experiment.yaml",
            "where `experiment.yaml` holds the settings that differ from the defaults:",
            f"```yaml\n{_experiment(run)}```",
        ]
    )


def cost_section(run: Finished) -> str:
    """Time, device, audio and price of the training, or that they were not recorded."""
    known, training = run.record, run.training
    seconds = training.train_seconds
    lines = [
        f"- device: {known.devices or 1} x {known.device or 'not recorded'}",
        f"- training: {seconds:,.0f} s ({seconds / 3600:,.2f} h) for "
        f"{training.audio_hours_trained:,.2f} h of audio",
        f"- speed: {training.audio_seconds_per_second:,.1f} s of audio a second",
    ]
    if known.peak_memory_gb is not None:
        lines.append(f"- peak memory: {known.peak_memory_gb:,.1f} GB")
    if known.cost is None or known.price_per_hour is None:
        lines.append("- cost: no price was given")
    else:
        own = price(known.price_per_hour)
        lines.append(f"- cost: {money(known.cost)} at {own} an hour")
    note = "Time and cost cover training alone, without validation and tests."
    return "\n\n".join(["## Cost", "\n".join(lines), note])


def _settings(run: Finished, layout: str) -> Iterator[list[str]]:
    exp, training = run.exp, run.training
    yield ["base model", f"{run.base.shown}, {run.base.identity}"]
    yield ["trained", _trained(exp, alone=run.alone(layout))]
    yield ["sampler", _policy(exp.sampler.name, exp.sampler)]
    yield ["language tag", _policy(exp.tag.train, exp.tag)]
    yield ["target text", exp.data.target_text]
    if exp.data.context:
        yield ["context", repr(exp.data.context).replace("|", "\\|")]
    if changes := identity(exp)["data"].get("augment"):
        yield ["augmentation", ", ".join(map(str, changes))]
    yield ["batch", _batch(exp)]
    yield ["optimiser", _optimiser(exp)]
    yield ["held", f"{exp.hold.amount:g} {exp.hold.quantity.replace('_', ' ')}"]
    yield ["came to", _amounts(training)]
    selected = training.selected
    yield ["checkpoint", f"{selected.kind}, of step {selected.step:,}"]
    error = run.record.validation_error
    if error is not None:
        yield ["validation", f"{error:.2f} % mean error; test sets were not used for selection"]
    yield ["precision", f"{run.record.precision or 'not recorded'}, attention {training.attention}"]
    yield ["seed", str(exp.seed)]
    yield ["code", _code(run)]


def _trained(exp: Experiment, *, alone: bool) -> str:
    lora = exp.model.lora
    if lora.parts:
        whole = f"LoRA of rank {lora.rank}, alpha {lora.alpha:g}, in {', '.join(lora.parts)}"
        whole += ", exported alone" if alone else ", merged"
    else:
        whole = "all weights"
    return whole + (f"; frozen: {', '.join(exp.model.freeze)}" if exp.model.freeze else "")


def _policy(name: str, group: Any) -> str:
    """A policy with its own parameters, `temperature (T 3.0, level language)`."""
    own = getattr(group, name, None)
    listed = ", ".join(f"{key} {value}" for key, value in asdict(own).items()) if own else ""
    return f"`{name}`" + (f" ({listed})" if listed else "")


def _batch(exp: Experiment) -> str:
    batch = exp.batch
    one = f"at most {batch.seconds:g} s of padded audio and {batch.utterances} utterances"
    return one + (f", {batch.per_step} a step" if batch.per_step > 1 else "")


def _optimiser(exp: Experiment) -> str:
    optim = exp.optim
    warmup = f"{optim.warmup:g}"
    if optim.warmup_amount is not None:
        warmup = f"{optim.warmup_amount:g} {exp.hold.quantity}"
    said = f"{optim.name}, learning rate {optim.lr:g}, {optim.schedule}, warm-up {warmup}"
    said += f", weight decay {optim.weight_decay:g}, gradients clipped at {optim.clip:g}"
    return said + (f", moving average {optim.ema:g}" if optim.ema is not None else "")


def _amounts(known: Training) -> str:
    return (
        f"{known.steps:,} steps, {known.utterances:,} utterances, "
        f"{known.audio_hours_trained:,.2f} h of audio, "
        f"{known.supervised_tokens:,} supervised tokens"
    )


def _code(run: Finished) -> str:
    known = run.record
    versions = ", ".join(f"{name} {number}" for name, number in run.training.versions.items())
    commit = f"commit {known.commit}" if known.commit else "no commit recorded"
    changed = ", with changes that were not committed" if known.dirty else ""
    return f"{commit}{changed}; {versions}"


def _experiment(run: Finished) -> str:
    """The settings that differ from the defaults as YAML, without paths of this machine."""
    exp = run.exp
    own = {"name": exp.name, **identity(exp)}
    own["model"]["name"], own["tag"]["decode"] = run.base.reference, exp.tag.decode
    own["data"] |= {key: without_place(getattr(exp.data, key)) for key in ("root", "suite")}
    augment = asdict(exp.data.augment)  # as written by the user; the identity has its effect
    augment["noise"]["folder"] = without_place(augment["noise"]["folder"])
    own["data"]["augment"] = augment
    changed = _differing(own, asdict(Experiment()))
    return yaml.safe_dump(changed, sort_keys=False, allow_unicode=True)


def _differing(own: Mapping[str, Any], default: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in own.items():
        if isinstance(value, Mapping) and isinstance(default.get(key), Mapping):
            if inner := _differing(value, default[key]):
                found[key] = inner
        elif value != default.get(key):
            found[key] = value
    return found
