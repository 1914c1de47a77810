"""Summary of a planned run: totals, language mix of its steps, loss weights, time and cost."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from plion.errors import InputError
from plion.planning.planned_run import PlannedRun, language_of
from plion.planning.step_mix import StepMix, step_mix
from plion.planning.tables.loss_weights import language_weights, weights_line
from plion.runs.folder import RunFolder
from plion.sampling.adaptive import Adaptive
from plion.typesetting.amounts import duration, paid


@dataclass(frozen=True)
class Speed:
    """Training speed in seconds of audio a second; `on`: the devices it was measured on."""

    seconds: float
    on: str = ""

    def __str__(self) -> str:
        measured = f", measured on {self.on}" if self.on else ""
        return f"{self.seconds:,.1f} s of audio a second{measured}"

    def hours(self, planned: PlannedRun) -> float:
        """Training time of a run in hours."""
        return planned.plan.totals.audio_hours / self.seconds


def totals(planned: PlannedRun) -> str:
    """One line: the held amount, hours, utterances, tokens, batches, steps, padding, passes."""
    hold, done = planned.plan.hold, planned.plan.totals
    tokens = done.supervised_tokens
    most = "at most " if len(set(planned.exp.data.augment.speed)) > 1 else ""
    left_out = ""
    if planned.exp.batch.too_long == "skip":
        left_out = f", {planned.too_long:,} utterances left out as too long for a batch"
    about = "" if planned.plan.open_after is None else "about "
    return (
        f"run held to {hold.amount:g} {hold.quantity}: {about}{done.audio_hours:,.2f} h, "
        f"{done.utterances:,} utterances, "
        f"{'supervised tokens unknown' if tokens is None else f'{tokens:,} supervised tokens'}, "
        f"{planned.plan.batches:,} batches, {done.steps:,} steps, "
        f"{most}{100 * done.padding:.1f} % padding, {planned.plan.passes:.2f} passes{left_out}"
    )


def summary(planned: PlannedRun, speed: Speed | None = None) -> str:
    """Lines of totals, first pass, language mix of steps, loss weights, schedule, time and cost."""
    mixed = mix_of_steps(planned)
    lines = [
        totals(planned),
        _repeats(planned),
        f"a step: {mixed.utterances:,.1f} utterances (the least {mixed.fewest:,}), language "
        f"entropy {mixed.entropy:.3f} of 1, {100 * mixed.missing:.1f} % of steps miss a language",
    ]
    if weights := language_weights(planned):
        lines.append(f"shares of supervised tokens, which weight the loss: {weights_line(weights)}")
    if told := forecast(planned):
        lines.append(told)
    if planned.exp.sampler.schedule.parameter:
        lines.append(_schedule(planned))
    if speed is None:
        lines.append("time and cost unknown without --speed")
    else:
        hours = speed.hours(planned)
        cost = paid(hours, planned.exp.trainer.price_per_hour)
        lines.append(f"time {duration(hours)} at {speed}" + (f", cost {cost}" if cost else ""))
    return "\n".join(lines)


def forecast(planned: PlannedRun) -> str:
    """What of the totals is a forecast, because an adaptive sampler decides as it trains.

    Empty for any other sampler.
    """
    sampler, plan = planned.exp.sampler, planned.plan
    if not isinstance(sampler.policy, Adaptive):
        return ""
    if plan.open_after is None:
        return (
            "sampler adaptive: the run ends within its first pass, so its shares never change; "
            "lower sampler.adaptive.pass_size"
        )
    return (
        "sampler adaptive: shares of later passes are not known beforehand, as validation losses "
        "decide them; all figures are estimates, as if each pass had the first one's: the corpora "
        f"as they are. About {len(plan.draws)} losses of the validation sets come on top"
    )


def mix_of_steps(planned: PlannedRun) -> StepMix:
    """How the optimiser steps of a run mix its languages."""
    return step_mix(planned.plan, language_of(planned.train_sets), len(planned.languages))


def given_speed(text: str) -> Speed:
    """Parses `--speed`: a number (s of audio a second), or the folder of a finished run.

    Raises InputError for anything else.
    """
    try:
        speed = float(text)
    except ValueError:
        return _measured(Path(text))
    if not (math.isfinite(speed) and speed > 0):
        raise InputError(f"--speed is {text}; it must be a positive number or a run's folder")
    return Speed(speed)


def _measured(folder: Path) -> Speed:
    if not folder.is_dir():
        raise InputError(
            f"--speed is '{folder}'; it must be a number (seconds of audio a second) or a run's "
            "folder"
        )
    record = RunFolder(folder).read()
    if record.status != "done" or not record.audio_seconds_per_second:
        raise InputError(f"--speed: {folder} is not the folder of a finished training run")
    devices = f"{record.devices} x " if (record.devices or 1) > 1 else ""
    return Speed(record.audio_seconds_per_second, devices + (record.device or "an unknown device"))


def _repeats(planned: PlannedRun) -> str:
    """A line on the first pass, and the corpora with the fewest and most repeats in the run."""
    rows, repeats = planned.first_pass, planned.repeats
    drawn = sum(row.draws for row in rows)
    hours = sum(row.hours * row.repeats for row in rows)  # expected, by each corpus's mean
    least, most = min(repeats, key=repeats.__getitem__), max(repeats, key=repeats.__getitem__)
    return (
        f"a pass: {drawn:,} utterances, about {hours:,.2f} h; the run draws an utterance "
        f"{repeats[least]:.2f} times ({least}) to {repeats[most]:.2f} ({most})"
    )


def _schedule(planned: PlannedRun) -> str:
    """A line on a schedule: its parameter, and the language shares of the first and last pass."""
    sampler, draws = planned.exp.sampler, planned.plan.draws
    schedule = sampler.schedule
    value = getattr(getattr(sampler, sampler.name), schedule.parameter)
    moves = f"{schedule.parameter} moves from {value:g} to {schedule.target:g}"
    if len(draws) == 1:
        return f"schedule: {moves} between passes, but the run has only one pass"
    first, last = (_languages(planned, np.array(draws[i].counts)) for i in (0, -1))
    return f"schedule: {moves}; pass 1 draws {first}; pass {len(draws)}, the last, {last}"


def _languages(planned: PlannedRun, counts: np.ndarray) -> str:
    """The share of each language as text, from draws per corpus."""
    own = [[one.language == key for one in planned.train_sets] for key in planned.languages]
    shares = (100 * counts[is_own].sum() / counts.sum() for is_own in own)
    return ", ".join(f"{k} {s:.1f} %" for k, s in zip(planned.languages, shares, strict=True))
