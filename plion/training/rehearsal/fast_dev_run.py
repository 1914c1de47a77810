"""`plion train --fast-dev-run`: a complete short run before a long one, which leaves no files."""

from collections.abc import Sequence

import numpy as np

from plion.data.manifest import Utterance
from plion.planning.inputs import manifest_path, split_manifest, suite_of
from plion.planning.planned_run import PlannedRun
from plion.runs.folder import RunFolder
from plion.runs.record import RunRecord
from plion.scoring.benchmarks import Benchmark
from plion.training import run
from plion.training.processes.launch import require_single_process
from plion.training.rehearsal.outcome import Curves, macro_error, percent, read_curves
from plion.training.rehearsal.shortened import (
    Utterances,
    costliest,
    excerpt,
    relocated,
    shorten,
    temporary_home,
)
from plion.typesetting.amounts import duration, paid

_FIRST = 6  # first steps of the run that --fast-dev-run trains


def fast_dev_run(planned: PlannedRun) -> str:
    """Trains the first steps of a run, its costliest, and the first again; returns a summary.

    The learning rate runs through its whole schedule in these steps. Then one batch of validation
    and one of test utterances are decoded. Raises InputError and Failed as the run itself would.
    """
    require_single_process("--fast-dev-run")
    exp, plan = planned.exp, planned.plan
    first = list(range(min(_FIRST, plan.steps)))
    worst = sorted({number // plan.per_step for number in costliest(plan)})
    steps = [*first, *worst, 0]
    batches = [step * plan.per_step + place for step in steps for place in range(plan.per_step)]
    rows = suite_of(exp)
    with temporary_home(exp) as home:
        valid, test = (_some(planned, rows, split) for split in ("valid", "test"))
        short = relocated(exp, home, rows, valid, test=test)
        shorten(short)
        short.trainer.validations = min(1, exp.trainer.validations)
        own = excerpt(planned, batches, short)
        folder = RunFolder(run.train(own))
        curves, record = read_curves(folder), folder.read()
        lines = [
            f"{len(first)} first steps, {len(worst)} costliest, and the first again: loss "
            f"{curves.losses[0]:.4f} before, {curves.losses[-1]:.4f} after; gradient norm "
            f"{max(curves.norms):.3g} at most",
            _projected(planned, own, curves, record),
        ]
        if short.trainer.validations:
            lines.append(f"validation decoded: {percent(record.validation_error)}")
        if exp.evaluate.test:
            lines.append(f"test sets decoded: {percent(macro_error(folder))}")
    return "\n".join(lines)


def _projected(planned: PlannedRun, own: PlannedRun, curves: Curves, record: RunRecord) -> str:
    """Memory and speed of a short run after its first step, and the projected time and money.

    There is no projection for several devices, whose joint speed was not measured.
    """
    seconds = curves.times[-1] - curves.times[0]
    timed = slice(own.plan.per_step, None)
    speed = float(own.plan.seconds[timed].sum()) / seconds
    measured = (
        f"peak memory {record.peak_memory_gb:.2f} GB, {speed:,.1f} s of audio a second on "
        f"{record.device}"
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


def _some(planned: PlannedRun, rows: Sequence[Benchmark], split: str) -> Utterances:
    """The longest utterances of a split that fill a batch, and the longest of each benchmark."""
    exp, found = planned.exp, dict[str, list[Utterance]]()
    if not (exp.trainer.validations if split == "valid" else exp.evaluate.test):
        return found
    for row in rows:
        if split == "valid" or manifest_path(exp, row, split).is_file():
            manifest = split_manifest(exp, row, split)
            order = np.argsort(-manifest.durations, kind="stable")[: exp.evaluate.utterances]
            found[row.key] = [manifest[number] for number in order.tolist()]
    longest = sorted((one for own in found.values() for one in own), key=_backwards)
    each = planned.clip_cost.padded(np.array(longest[0].duration)) if longest else np.inf
    fitting = int(exp.evaluate.seconds // each)
    batch = {one.id for one in longest[: min(fitting, exp.evaluate.utterances)]}
    return {
        key: own[:1] + [one for one in own[1:] if one.id in batch] for key, own in found.items()
    }


def _backwards(utterance: Utterance) -> float:
    return -utterance.duration
