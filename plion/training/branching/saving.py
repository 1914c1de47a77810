"""What a trunk keeps for its branches: a checkpoint where the decay of each begins."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import lightning as L
import numpy as np
from lightning.pytorch.callbacks import Checkpoint

from plion.planning.learning_rate.schedule import decay_step
from plion.planning.planned_run import PlannedRun
from plion.runs.folder import RunFolder
from plion.training.step.step_sums import AtSteps

TRUNK = "trunk"  # the key of a checkpoint below which `Made` stands


@dataclass(frozen=True)
class Made:
    """How a trunk was trained, as its branches record it: fields of its run.json."""

    run: str
    precision: str | None
    attention: str | None
    source: str | None
    processor: str | None
    capability: str | None


def branch_checkpoint(step: int) -> str:
    """The name of a trunk's checkpoint of so many optimiser steps, in its checkpoints' folder."""
    return f"branch-{step}.ckpt"


def branch_steps(planned: PlannedRun) -> list[int]:
    """The optimiser steps after which branches leave a trunk, which has not begun to decay.

    Amounts that differ by less than a step may not; such a branch trains from the beginning.
    """
    plan, exp = planned.plan, planned.exp
    found = {decay_step(plan, amount) for amount in exp.trainer.branches}
    return sorted(step for step in found if step <= decay_step(plan, exp.hold.amount))


class BranchCheckpoints(AtSteps, Checkpoint):
    """Saves a checkpoint after each of some steps, for the runs that branch off there.

    Comes before the callback that saves the checkpoint to resume from: a run that is resumed past
    a step has kept that step's.
    """

    def __init__(self, folder: RunFolder, steps: Iterable[int]) -> None:
        self.folder = folder
        self.steps = set(steps)
        self._saving = False

    def on_step_end(
        self, trainer: L.Trainer, pl_module: L.LightningModule, sums: np.ndarray
    ) -> None:
        if trainer.global_step in self.steps:
            self._saving = True
            path = self.folder.checkpoints / branch_checkpoint(trainer.global_step)
            trainer.save_checkpoint(path)
            self._saving = False

    def on_save_checkpoint(
        self, trainer: L.Trainer, pl_module: L.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Adds how the run was trained: a branch may be made where run.json is not seen."""
        if self._saving:
            known = self.folder.read()
            own = {name: getattr(known, name) for name in Made.__annotations__ if name != "run"}
            checkpoint[TRUNK] = asdict(Made(run=self.folder.path.name, **own))
