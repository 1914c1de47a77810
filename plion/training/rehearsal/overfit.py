"""`plion train --overfit`: tests whether a few utterances can be learnt by heart."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from plion.config.schema import Experiment
from plion.data.manifest import Utterance
from plion.errors import Failed, InputError
from plion.planning.inputs import suite_of
from plion.planning.planned_run import PlannedRun, language_of
from plion.planning.utterances import lengths
from plion.runs.folder import RunFolder
from plion.scoring.benchmarks import find_benchmark
from plion.training import run
from plion.training.probe import readable
from plion.training.processes.launch import require_single_process
from plion.training.rehearsal.outcome import macro_error, percent, read_curves
from plion.training.rehearsal.shortened import (
    relocated,
    shorten,
    temporary_home,
    with_plan,
)

STEPS = 100  # default of --overfit
_FEW = 4  # utterances of --overfit
_AMONG = 10_000  # first draws of the plan, from which they are chosen
_LEARNT = 0.1  # final loss that counts as learnt: part of the first, or nats per token


def overfit(planned: PlannedRun, steps: int) -> str:
    """Trains `steps` steps on the same few utterances, one per language; returns a summary.

    Raises Failed unless their loss falls to a tenth or below 0.1 nats per token.
    """
    require_single_process("--overfit")
    exp = planned.exp
    chosen = _few(planned)
    utterances = [planned.utterances[number] for number in planned.plan.numbers[chosen].tolist()]
    rows = [find_benchmark(key, suite_of(exp)) for key in _by_benchmark(utterances)]
    with temporary_home(exp) as home:
        short = relocated(exp, home, rows, {}, test=_by_benchmark(utterances))
        shorten(short)
        short.batch.per_step, short.trainer.validations, short.optim.ema = 1, 0, None
        short.trainer.select, short.evaluate.test = "last", True
        before = macro_error(RunFolder(run.evaluate(replace(short, name="before"))))
        folder = RunFolder(run.train(_again(planned, chosen, steps, short)))
        curves, after = read_curves(folder), macro_error(folder)
    first, last = curves.losses[0], curves.losses[-1]
    came = (
        f"{len(utterances)} utterances in {steps} steps at learning rate {exp.optim.lr:g}: loss "
        f"{first:.4f} at the start, {last:.4f} at the end; {percent(before)} before, "
        f"{percent(after)} after ({', '.join(one.id for one in utterances)})"
    )
    if last > max(_LEARNT * first, _LEARNT):
        raise Failed(
            f"not learnt: {came}; the loss must fall to a tenth or below {_LEARNT:g}: check "
            "optim.lr and the data, or train more steps"
        )
    return f"learnt: {came}"


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
        text = None if some.text is None else some.text.max()
        each = float(own.clip_cost.cost(some.padded().max(), text))
        if len(some.seconds) * each <= exp.batch.seconds and (
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
    return with_plan(planned, exp, same)


def _by_benchmark(utterances: Sequence[Utterance]) -> dict[str, list[Utterance]]:
    found: dict[str, list[Utterance]] = {}
    for one in utterances:
        found.setdefault(one.dataset, []).append(one)
    return found
