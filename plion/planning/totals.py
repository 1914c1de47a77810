"""The held run in words: what it comes to, how its steps are mixed, what it takes."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from plion.errors import InputError
from plion.planning.loss_weights import language_weights, weights_line
from plion.planning.planned_run import PlannedRun, language_of
from plion.runs.folder import RunFolder
from plion.sampling.step_mix import StepMix, step_mix
from plion.typesetting.amounts import duration, paid


@dataclass(frozen=True)
class Speed:
    """Seconds of audio trained on in a second; `on` which devices, where it was measured."""

    seconds: float
    on: str = ""

    def __str__(self) -> str:
        measured = f", measured on {self.on}" if self.on else ""
        return f"{self.seconds:,.1f} s of audio a second{measured}"

    def hours(self, planned: PlannedRun) -> float:
        """How long the training of a run takes."""
        return planned.plan.totals.audio_hours / self.seconds


def totals(planned: PlannedRun) -> str:
    """The held run in a line: what it is held to, and what it comes to."""
    hold, done = planned.plan.hold, planned.plan.totals
    tokens = done.supervised_tokens
    most = "at most " if len(set(planned.exp.data.augment.speed)) > 1 else ""
    left_out = ""
    if planned.exp.batch.too_long == "skip":
        left_out = f", {planned.too_long:,} utterances left out as too long for a batch"
    return (
        f"run held to {hold.amount:g} {hold.quantity}: {done.audio_hours:,.2f} h, "
        f"{done.utterances:,} utterances, "
        f"{'supervised tokens unknown' if tokens is None else f'{tokens:,} supervised tokens'}, "
        f"{planned.plan.batches:,} batches, {done.steps:,} steps, "
        f"{most}{100 * done.padding:.1f} % padding, {planned.plan.passes:.2f} passes{left_out}"
    )


def summary(planned: PlannedRun, speed: Speed | None = None) -> str:
    """The totals, a pass, the mix of steps, the languages' weights, a schedule, time and cost."""
    mixed = mix_of_steps(planned)
    lines = [
        totals(planned),
        _repeats(planned),
        f"a step: {mixed.utterances:,.1f} utterances (the least {mixed.fewest:,}), language "
        f"entropy {mixed.entropy:.3f} of 1, {100 * mixed.missing:.1f} % of steps miss a language",
    ]
    if weights := language_weights(planned):
        lines.append(f"supervised tokens, by which the loss weighs: {weights_line(weights)}")
    if planned.exp.sampler.schedule.parameter:
        lines.append(_schedule(planned))
    if speed is None:
        lines.append("time and cost unknown without --speed")
    else:
        hours = speed.hours(planned)
        cost = paid(hours, planned.exp.trainer.price_per_hour)
        lines.append(f"time {duration(hours)} at {speed}" + (f", cost {cost}" if cost else ""))
    return "\n".join(lines)


def mix_of_steps(planned: PlannedRun) -> StepMix:
    """How the optimiser steps of a run mix its languages."""
    return step_mix(planned.plan, language_of(planned.train_sets), len(planned.languages))


def given_speed(text: str) -> Speed:
    """The speed that `--speed` gives: a number, or the folder of a run that measured it.

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
            f"--speed is '{folder}', neither a number (seconds of audio a second) nor a folder of "
            "a run"
        )
    record = RunFolder(folder).read()
    if record.get("status") != "done" or not record.get("audio_seconds_per_second"):
        raise InputError(f"--speed: {folder} holds no finished training run; name one that does")
    devices = f"{record['devices']} x " if record.get("devices", 1) > 1 else ""
    return Speed(
        record["audio_seconds_per_second"], devices + record.get("device", "an unknown device")
    )


def _repeats(planned: PlannedRun) -> str:
    """The first pass as a whole, and what the run repeats least and most."""
    rows, repeats = planned.first_pass, planned.repeats
    drawn = sum(row.draws for row in rows)
    hours = sum(row.hours * row.repeats for row in rows)  # expected, by each corpus's mean
    least, most = min(repeats, key=repeats.__getitem__), max(repeats, key=repeats.__getitem__)
    return (
        f"a pass: {drawn:,} utterances, about {hours:,.2f} h; the run draws an utterance "
        f"{repeats[least]:.2f} times ({least}) to {repeats[most]:.2f} ({most})"
    )


def _schedule(planned: PlannedRun) -> str:
    """What a schedule does to the languages, from the first pass to the last."""
    sampler, draws = planned.exp.sampler, planned.plan.draws
    schedule = sampler.schedule
    value = getattr(getattr(sampler, sampler.name), schedule.parameter)
    moves = f"{schedule.parameter} moves from {value:g} to {schedule.target:g}"
    if len(draws) == 1:
        return f"schedule: {moves} between passes, and the run has one pass alone"
    first, last = (_languages(planned, np.array(draws[i].counts)) for i in (0, -1))
    return f"schedule: {moves}; pass 1 draws {first}; pass {len(draws)}, the last, {last}"


def _languages(planned: PlannedRun, counts: np.ndarray) -> str:
    """The share of each language in words, of draws by corpus."""
    own = [[one.language == key for one in planned.train_sets] for key in planned.languages]
    shares = (100 * counts[is_own].sum() / counts.sum() for is_own in own)
    return ", ".join(f"{k} {s:.1f} %" for k, s in zip(planned.languages, shares, strict=True))
