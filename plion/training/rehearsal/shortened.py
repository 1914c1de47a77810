"""Short runs cut from a planned one: some of its batches, some validation and test utterances.

They are complete runs in a temporary folder.
"""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from plion.config.schema import Experiment
from plion.data.manifest import Utterance, write_manifest
from plion.planning.inputs import manifest_path
from plion.planning.planned_run import PlannedRun
from plion.sampling.adaptive import Adaptive, Replay
from plion.sampling.batches import spans
from plion.sampling.plan import Plan
from plion.sampling.policies import Proportional
from plion.sampling.settings import Hold
from plion.scoring.benchmarks import Benchmark
from plion.system import drafts

Utterances = Mapping[str, Sequence[Utterance]]  # by benchmark


def excerpt(planned: PlannedRun, batches: Sequence[int], exp: Experiment) -> PlannedRun:
    """A run of selected batches of a planned run, in this order, under the settings `exp`.

    `batches`: batch numbers of the run, repeats allowed; as many as a multiple of
    `batch.per_step`.
    """
    plan, chosen = planned.plan, np.asarray(batches)
    sizes = np.diff(plan.bounds)[chosen]
    positions = spans(plan.bounds[chosen], sizes)
    return with_plan(
        planned,
        exp,
        replace(
            plan,
            per_step=exp.batch.per_step,
            numbers=plan.numbers[positions],
            draw_numbers=plan.draw_numbers[positions],
            bounds=np.concatenate([[0], np.cumsum(sizes)]),
            seconds=plan.seconds[chosen],
            tokens=None if plan.tokens is None else plan.tokens[chosen],
            padded=plan.padded[chosen],
            cost=plan.cost[chosen],
        ),
    )


def with_plan(planned: PlannedRun, exp: Experiment, plan: Plan) -> PlannedRun:
    """A run of another plan, with `hold` set to that plan's number of steps.

    A warm-up that is an amount stays the same part of the run. What is drawn is given, so that no
    sampler decides it, and the run is neither a trunk nor a branch.
    """
    steps = plan.batches // plan.per_step
    changed = deepcopy(exp)
    if changed.optim.warmup_amount is not None:
        changed.optim.warmup_amount *= steps / exp.hold.amount
    if isinstance(exp.sampler.policy, Adaptive | Replay):
        changed.sampler.name = Proportional.name
    changed.trainer.trunk, changed.trainer.branches = None, []
    changed.hold.quantity, changed.hold.amount = "steps", steps
    return replace(
        planned,
        exp=changed,
        plan=replace(
            plan,
            hold=Hold("steps", steps),
            consumed=np.arange(steps + 1.0),
            draws=plan.draws[:1],
            open_after=None,
        ),
    )


def costliest(plan: Plan) -> list[int]:
    """Numbers of the batches that take most memory: by audio, by text, by both with padding."""
    measures = (plan.padded, plan.seconds, plan.cost, plan.tokens)
    return sorted({int(one.argmax()) for one in measures if one is not None})


@contextmanager
def temporary_home(exp: Experiment) -> Iterator[Path]:
    """A temporary folder on the disk of the runs, removed at the end.

    Also removes those of killed processes.
    """
    root = Path(exp.trainer.runs)
    made = not root.exists()
    root.mkdir(parents=True, exist_ok=True)
    drafts.clear(root)
    folder = drafts.draft(root / "rehearsal")
    try:
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder)
    finally:
        if made:
            with suppress(OSError):  # another run has started there
                root.rmdir()


def relocated(
    exp: Experiment,
    home: Path,
    benchmarks: Sequence[Benchmark],
    valid: Utterances,
    *,
    test: Utterances,
) -> Experiment:
    """The experiment with its runs, validation and test utterances moved below `home`."""
    own = [replace(row, manifest=f"{row.key}/test.jsonl") for row in benchmarks]
    changed = deepcopy(exp)
    changed.trainer.runs = str(home / "runs")
    changed.data.root, changed.data.suite = str(home / "data"), str(home / "suite.yaml")
    Path(changed.data.suite).write_text(json.dumps([row.as_row() for row in own]))
    for row in own:
        train = manifest_path(exp, row, "train")
        if train.is_file():  # not read, as the batches are planned, but a run requires it
            manifest_path(changed, row, "train").parent.mkdir(parents=True)
            manifest_path(changed, row, "train").symlink_to(train.absolute())
    for split, utterances in (("valid", valid), ("test", test)):
        for row in own:
            if own_utterances := utterances.get(row.key):
                write_manifest(manifest_path(changed, row, split), map(_row, own_utterances))
    return changed


def shorten(exp: Experiment) -> None:
    """Sets a short run to one device and a log entry per step."""
    exp.trainer.log_every = exp.trainer.checkpoints = exp.trainer.devices = 1


def _row(utterance: Utterance) -> dict[str, Any]:
    row = asdict(utterance)
    del row["tag"]  # already removed from the text
    return {**row.pop("extra"), **row}
