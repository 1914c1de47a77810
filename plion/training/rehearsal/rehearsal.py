"""Rehearsals before a long run: `--fast-dev-run`, and `--overfit` on a few utterances.

Both run everything that a run does, including the test sets, and leave no files behind.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from plion.config.schema import Experiment
from plion.data.manifest import Utterance
from plion.errors import Failed, InputError
from plion.planning.inputs import manifest_path, split_manifest
from plion.planning.planned_run import PlannedRun, language_of
from plion.planning.totals import clock
from plion.planning.utterances import lengths
from plion.runs.folder import RunFolder
from plion.sampling.batches import TOKENS_PER_SECOND
from plion.scoring.benchmarks import Benchmark, find_benchmark, suite
from plion.system.documents import read_json
from plion.training import run
from plion.training.probe import readable
from plion.training.processes.launch import by_itself
from plion.training.rehearsal.shortened import (
    Utterances,
    costliest,
    elsewhere,
    excerpt,
    held,
    moved,
)
from plion.typesetting.amounts import duration, paid

STEPS = 100  # default of --overfit
_FIRST = 6  # first steps of the run that --fast-dev-run trains
_FEW = 4  # utterances of --overfit
_AMONG = 10_000  # first draws of the plan, from which they are chosen
_LEARNT = 0.1  # final loss that counts as learnt: part of the first, or nats per token


@dataclass(frozen=True)
class _Course:
    """Curves of a short run, per step: losses, gradient norms, wall times (seconds)."""

    losses: Sequence[float]
    norms: Sequence[float]
    times: Sequence[float]


def fast_dev_run(planned: PlannedRun) -> str:
    """Trains the first steps of a run, its costliest, and the first again; returns a summary.

    The learning rate runs through its whole schedule in these steps. Then one batch of validation
    and one of test utterances are decoded. Raises InputError and Failed as the run itself would.
    """
    by_itself("--fast-dev-run")
    exp, plan = planned.exp, planned.plan
    first = list(range(min(_FIRST, plan.steps)))
    worst = sorted({number // plan.per_step for number in costliest(plan)})
    steps = [*first, *worst, 0]
    batches = [step * plan.per_step + place for step in steps for place in range(plan.per_step)]
    rows = suite(exp.data.suite)
    with elsewhere(exp) as home:
        short = moved(exp, home, rows, _some(exp, rows, "valid"), test=_some(exp, rows, "test"))
        _shorten(short)
        short.trainer.validations = min(1, exp.trainer.validations)
        own = excerpt(planned, batches, short)
        folder = RunFolder(run.train(own))
        course, record = _course(folder), folder.read()
        lines = [
            f"{len(first)} first steps, {len(worst)} costliest, and the first again: loss "
            f"{course.losses[0]:.4f} before, {course.losses[-1]:.4f} after; gradient norm "
            f"{max(course.norms):.3g} at most",
            _projected(planned, own, course, record),
        ]
        if short.trainer.validations:
            lines.append(f"validation decoded: {_percent(record['validation']['macro_error'])}")
        if exp.evaluate.test:
            lines.append(f"test sets decoded: {_percent(_macro_error(folder))}")
    return "\n".join(lines)


def overfit(planned: PlannedRun, steps: int) -> str:
    """Trains `steps` steps on the same few utterances, one per language; returns a summary.

    Raises Failed unless their loss falls to a tenth or below 0.1 nats per token.
    """
    by_itself("--overfit")
    exp = planned.exp
    chosen = _few(planned)
    utterances = [planned.utterances[number] for number in planned.plan.numbers[chosen].tolist()]
    rows = [find_benchmark(key, suite(exp.data.suite)) for key in _by_benchmark(utterances)]
    with elsewhere(exp) as home:
        short = moved(exp, home, rows, {}, test=_by_benchmark(utterances))
        _shorten(short)
        short.batch.per_step, short.trainer.validations, short.optim.ema = 1, 0, None
        short.trainer.select, short.evaluate.test = "last", True
        before = _macro_error(RunFolder(run.evaluate(replace(short, name="before"))))
        folder = RunFolder(run.train(_again(planned, chosen, steps, short)))
        course, after = _course(folder), _macro_error(folder)
    first, last = course.losses[0], course.losses[-1]
    came = (
        f"{len(utterances)} utterances in {steps} steps at learning rate {exp.optim.lr:g}: loss "
        f"{first:.4f} at the start, {last:.4f} at the end; {_percent(before)} before, "
        f"{_percent(after)} after ({', '.join(one.id for one in utterances)})"
    )
    if last > max(_LEARNT * first, _LEARNT):
        raise Failed(
            f"not learnt: {came}; the loss must fall to a tenth or below {_LEARNT:g}: check "
            "optim.lr and the data, or train more steps"
        )
    return f"learnt: {came}"


def _projected(
    planned: PlannedRun, own: PlannedRun, course: _Course, record: Mapping[str, Any]
) -> str:
    """Memory and speed of a short run after its first step, and the projected time and money.

    There is no projection for several devices, whose joint speed was not measured.
    """
    seconds = course.times[-1] - course.times[0]
    timed = slice(own.plan.per_step, None)
    speed = float(own.plan.seconds[timed].sum()) / seconds
    measured = (
        f"peak memory {record['peak_memory_gb']:.2f} GB, {speed:,.1f} s of audio a second on "
        f"{record['device']}"
    )
    if planned.exp.trainer.devices > 1:
        return (
            f"{measured}, one of {planned.exp.trainer.devices}: time and money on all of them "
            "are not measured"
        )
    hours = seconds / 3600 * float(planned.plan.padded.sum() / own.plan.padded[timed].sum())
    takes = [duration(hours), paid(hours, planned.exp.trainer.price_per_hour)]
    total = planned.plan.totals.audio_hours
    return f"{measured}: to train on all {total:,.2f} h takes {' and '.join(filter(None, takes))}"


def _shorten(exp: Experiment) -> None:
    """Sets a short run to one device and a log entry per step."""
    exp.trainer.log_every = exp.trainer.checkpoints = exp.trainer.devices = 1


def _some(exp: Experiment, rows: Sequence[Benchmark], split: str) -> Utterances:
    """The longest utterances of a split that fill a batch, and the longest of each benchmark."""
    found: dict[str, list[Utterance]] = {}
    if not (exp.trainer.validations if split == "valid" else exp.evaluate.test):
        return found
    for row in rows:
        if split == "valid" or manifest_path(exp, row, split).is_file():
            manifest = split_manifest(exp, row, split)
            order = np.argsort(-manifest.durations, kind="stable")[: exp.evaluate.utterances]
            found[row.key] = [manifest[number] for number in order.tolist()]
    longest = sorted((one for own in found.values() for one in own), key=_backwards)
    fitting = int(exp.evaluate.seconds // math.ceil(longest[0].duration)) if longest else 0
    batch = {one.id for one in longest[: min(fitting, exp.evaluate.utterances)]}
    return {
        key: own[:1] + [one for one in own[1:] if one.id in batch] for key, own in found.items()
    }


def _backwards(utterance: Utterance) -> float:
    return -utterance.duration


def _few(planned: PlannedRun) -> np.ndarray:
    """Positions in the plan's draws of a few utterances that fit a batch, spread over languages.

    With `data.on_bad_audio=skip` unreadable utterances are excluded; raises InputError if none is
    left.
    """
    plan, exp = planned.plan, planned.exp
    numbers = plan.numbers[:_AMONG]
    own, language = lengths(planned.train_sets, exp), language_of(planned.train_sets)
    drawn: Counter[int] = Counter()
    turns = []
    for place in np.sort(np.unique(numbers, return_index=True)[1]).tolist():
        spoken = int(language[numbers[place]])
        turns.append((drawn[spoken], place))
        drawn[spoken] += 1
    chosen: list[int] = []
    for _, place in sorted(turns):
        some = own.of(numbers[[*chosen, place]])
        text = 0.0 if some.text is None else float(some.text.max()) / TOKENS_PER_SECOND
        if len(some.seconds) * (float(some.padded().max()) + text) <= exp.batch.seconds and (
            exp.data.on_bad_audio == "raise" or readable(planned.utterances[int(numbers[place])])
        ):
            chosen.append(place)
        if len(chosen) == min(_FEW, exp.batch.utterances):
            break
    if not chosen:
        raise InputError("no audio drawn in training can be read, so there is nothing to learn")
    return np.array(chosen)


def _again(planned: PlannedRun, chosen: np.ndarray, steps: int, exp: Experiment) -> PlannedRun:
    """A run with the same batch in every step."""
    plan, own = planned.plan, lengths(planned.train_sets, planned.exp)
    some = own.of(plan.numbers[chosen])
    padded = len(chosen) * float(some.padded().max())
    same = replace(
        plan,
        per_step=1,
        numbers=np.tile(plan.numbers[chosen], steps),
        draw_numbers=np.tile(plan.draw_numbers[chosen], steps),
        bounds=len(chosen) * np.arange(steps + 1),
        seconds=np.full(steps, some.seconds.sum()),
        tokens=None if some.tokens is None else np.full(steps, some.tokens.sum()),
        padded=np.full(steps, padded),
        cost=np.full(steps, padded),
    )
    return held(planned, exp, same)


def _by_benchmark(utterances: Sequence[Utterance]) -> dict[str, list[Utterance]]:
    found: dict[str, list[Utterance]] = {}
    for one in utterances:
        found.setdefault(one.dataset, []).append(one)
    return found


def _course(folder: RunFolder) -> _Course:
    board = EventAccumulator(str(folder.path), size_guidance={"scalars": 0}).Reload()
    if "train/loss" not in board.Tags()["scalars"]:
        raise InputError("no audio of the rehearsed steps can be read")
    losses, norms = board.Scalars("train/loss"), board.Scalars("train/grad_norm")
    return _Course(
        [one.value for one in losses],
        [one.value for one in norms],
        [one.wall_time for one in losses],
    )


def _macro_error(folder: RunFolder) -> float | None:
    error: float | None = read_json(folder.metrics)["macro_average"]
    return error


def _percent(rate: float | None) -> str:
    return "no error rate" if rate is None else f"{rate:.1f} % errors"
