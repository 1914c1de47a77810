"""`plion ablate --dry-run`: contents, time and cost of every cell, without running any."""

import statistics
from collections.abc import Sequence
from dataclasses import replace

from tabulate import tabulate

from plion.config.schema import Experiment
from plion.planning.floor import warning
from plion.planning.inputs import has_data
from plion.planning.tables.loss_weights import language_weights, weights_table
from plion.planning.tables.totals import forecast
from plion.results.reading.budget_axis import BUDGET
from plion.runs.root import RunRoot
from plion.studies.budgets.savings import savings
from plion.studies.contents import Content, planned_once, same_runs
from plion.studies.design.axes import AMOUNT
from plion.studies.design.grid import Ablation, Cell
from plion.studies.tuning.arms import Tuning
from plion.typesetting.amounts import cost, money

_SAMPLE = 100  # runs whose speed is read
_OF_THE_PAPER = "sg12"  # the suite whose corpora have published sizes


def preview(ablation: Ablation, tuning: Tuning | None = None) -> str:
    """The text of `--dry-run`: contents and cost of every cell, from its training plan.

    `tuning`: the study's, whose trials are named with the cost of trials and cells together.
    """
    hold = ablation.base.hold
    known = ablation.base.data.suite != _OF_THE_PAPER or has_data(ablation.base)
    every = []
    trials, hours = _trials(ablation, tuning), 0.0
    speed, device = _measured_speed(ablation, trials)
    rows, weights, told, shared = [], {}, dict[tuple[str, ...], str](), False
    for content in planned_once([*ablation.cells, *trials], None if known else "paper"):
        planned, shared = content.planned, shared or len(content.cells) > 1
        hours += _hours(content, tuning)
        content = replace(content, cells=[one for one in content.cells if one not in trials])
        if not content.cells:
            continue
        every.append((len(content.cells), planned))
        rows.append(_preview_row(content, speed))
        weights[content.title] = language_weights(planned)
        if (kind := _texts(planned.exp)) not in told:
            told[kind] = warning(planned)
        if unknown := forecast(planned):
            told[(unknown,)] = f"~ {unknown}"
    header = ("run", "hours", "utterances", "tokens", "steps", "training h", "cost")
    lines = [f"{ablation.name}: {ablation.question}", ""]
    lines += [tabulate(rows, header, disable_numparse=True, colalign=("left", *["right"] * 6)), ""]
    if printed := weights_table(weights, "run"):
        lines += [printed, ""]
    own = next((axis for axis in (AMOUNT, BUDGET) if axis in ablation.axes), None)
    amount = f"its {own} in" if own else f"{hold.amount:g}"
    lines.append(f"every cell is held to {amount} {hold.quantity}")
    if shared:
        lines.append(
            f"{len(ablation.cells):,} cells; those that differ in seed or optimiser alone are "
            "counted once, with the first one's seed: a row has the figures of one of them"
        )
    if not known:
        lines.append(
            f"no data under {ablation.base.data.root}: counted from the sizes in the paper's "
            "Table 1, with simulated durations"
        )
    lines += filter(None, [savings(every), same_runs(ablation.cells), *told.values()])
    if tuning:
        lines += _tuning_lines(ablation, tuning, hours, speed)
    if speed is None:
        lines.append("training time and cost are unknown until a run of this study has finished")
    else:
        lines.append(f"time at {speed:.1f} s of audio a second, measured in this study on {device}")
    return "\n".join(lines)


def _trials(ablation: Ablation, tuning: Tuning | None) -> list[Cell]:
    """The trials of the arms of an ablation's cells, as cells."""
    if tuning is None:
        return []
    arms = {id(arm): arm for arm in map(tuning.arm_of, ablation.cells)}
    return [
        Cell(dict(arm.labels), tuning.seed, exp, ready=False)
        for arm in arms.values()
        for _, exp in arm.trials
    ]


def _hours(content: Content, tuning: Tuning | None) -> float:
    """Hours of audio of all runs of a content; a cell that is a trial has none of its own."""
    once = sum(bool(one.settings and tuning and tuning.is_trial(one)) for one in content.cells)
    return content.planned.plan.totals.audio_hours * (len(content.cells) - once)


def _tuning_lines(
    ablation: Ablation, tuning: Tuning, hours: float, speed: float | None
) -> list[str]:
    """The trials that come before the cells, and the cost of both together."""
    arms = list({id(arm): arm for arm in map(tuning.arm_of, ablation.cells)}.values())
    each = len(arms[0].trials)
    tried = "; ".join(", ".join(f"{key} {own}" for key, own in values.items())
                      for values, _ in arms[0].trials)  # fmt: skip
    count = len(arms) * each + len(ablation.cells) - sum(map(tuning.is_trial, ablation.cells))
    trained = None if speed is None else hours / speed
    price = money(cost(trained, ablation.base.trainer.price_per_hour), "?")
    return [
        f"first {each} trials for each arm of {', '.join(tuning.over)}, {len(arms) * each:,} in "
        f"all, under seed {tuning.seed}, judged by {tuning.metric}: {tried}",
        f"then {len(ablation.cells):,} cells, with the values of their arm's best trial, which is "
        "a cell itself",
        f"together {count:,} runs: {hours:,.2f} hours of audio, "
        f"{'?' if trained is None else f'{trained:,.2f}'} hours of training, cost {price}",
    ]


def _texts(exp: Experiment) -> tuple[str, ...]:
    """Settings on which the warning about targets and scoring depends; it is printed once each."""
    data = exp.data
    kept = (str(data.max_seconds), *sorted(data.exclude))
    return (data.target_text, exp.evaluate.profile, data.root, *kept)


def _preview_row(content: Content, speed: float | None) -> tuple[str, ...]:
    totals, exp = content.planned.plan.totals, content.planned.exp
    tokens = totals.supervised_tokens
    hours = None if speed is None else totals.audio_hours / speed
    figures = (
        f"{totals.audio_hours:,.2f}",
        f"{totals.utterances:,}",
        "?" if tokens is None else f"{tokens:,}",
        f"{totals.steps:,}",
        "?" if hours is None else f"{hours:,.2f}",
        money(cost(hours, exp.trainer.price_per_hour), "?"),
    )
    about = "" if content.planned.plan.open_after is None else "~"
    return content.title, *(one if one == "?" else f"{about}{one}" for one in figures)


def _measured_speed(ablation: Ablation, trials: Sequence[Cell]) -> tuple[float | None, str]:
    """Median speed of the ablation's finished runs (s of audio a second) and their devices.

    Of many runs a sample is read, spread over all.
    """
    root = RunRoot(ablation.base.trainer.runs)
    named = [cell.exp.name for cell in (*ablation.cells, *trials)]
    folders = [folder for name in named for folder in root.named(name)]
    step = -(-len(folders) // _SAMPLE) or 1
    records = [folder.read() for folder in folders[::step]]
    measured = [
        (record.audio_seconds_per_second, record.device or "an unknown device")
        for record in records
        if record.status == "done" and record.audio_seconds_per_second
    ]
    if not measured:
        return None, ""
    speeds, devices = zip(*measured, strict=True)
    return statistics.median(speeds), " and ".join(sorted(set(devices)))
