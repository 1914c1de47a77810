"""The start of a branch: the checkpoint of its trunk, taken over as its own."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import lightning as L
import torch

from plion.config.schema import Experiment
from plion.planning.inputs import hash8
from plion.planning.learning_rate.schedule import decay_step, step_factors
from plion.planning.planned_run import PlannedRun
from plion.runs.claims import locate
from plion.runs.folder import RunFolder
from plion.runs.values import Branched
from plion.training.branching.saving import TRUNK, Made, branch_checkpoint
from plion.training.callbacks.checkpoints import WholeCheckpoints, last_checkpoint
from plion.training.callbacks.consumption import UNITS, Consumption
from plion.training.callbacks.cost import Price
from plion.training.callbacks.validation import ValidationScores
from plion.training.resuming.conditions import resolved
from plion.training.resuming.integrity import damage


class Origin(L.Callback):
    """Carries from checkpoint to checkpoint where a run has branched off, if it has.

    `noted`: the run and step, and the hours and seconds of training until then; empty if not.
    """

    def __init__(self) -> None:
        self.noted: dict[str, Any] = {}

    def state_dict(self) -> dict[str, Any]:
        return self.noted

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.noted = state_dict

    def figures(self) -> dict[str, Any]:
        """The same by its names in run.json; None if it has not."""
        known = self.noted
        return {
            "branched_from": Branched(known["run"], known["step"]) if known else None,
            "trunk_hours": known.get("hours"),
            "trunk_seconds": known.get("seconds"),
        }


def start_at_trunk(folder: RunFolder, planned: PlannedRun) -> None:
    """Gives a branch that has no checkpoint yet that of its trunk, to resume from.

    Where there is none that it could go on from, the branch trains from the beginning, to the same
    result; standard error says so. Does nothing for a run that is no branch.
    """
    exp = planned.exp
    last = last_checkpoint(folder)
    if exp.trainer.trunk is None or folder.trained or last.exists():
        return
    step = decay_step(planned.plan, exp.hold.amount)
    trunk = replace(exp, hold=replace(exp.hold, amount=exp.trainer.trunk))
    told = "there is none"
    for path in _checkpoints(exp, hash8(trunk), step):
        if told := _unusable(path, exp):
            continue
        state = torch.load(path, map_location="cpu", weights_only=True)
        made = Made(**state.pop(TRUNK))
        _take_over(state, made, step, planned)
        # Joined with those of this process, as of any run that is resumed elsewhere. Written first:
        # once the checkpoint is there, nothing of its trunk is looked at again.
        folder.write(source=made.source, processor=made.processor, capability=made.capability)
        WholeCheckpoints().save_checkpoint(state, last)
        print(f"plion: starts at step {step} of {made.run}", file=sys.stderr, flush=True)
        return
    print(
        f"plion: no checkpoint of its trunk, the run of {exp.trainer.trunk:g} "
        f"{exp.hold.quantity}, at step {step} ({told}): it trains from the beginning, to the same "
        "result",
        file=sys.stderr,
        flush=True,
    )


def _checkpoints(exp: Experiment, trunk: str, step: int) -> Iterator[Path]:
    """The checkpoints of a step of the trunk, given by its hash, on this machine and shared."""
    trainer = exp.trainer
    folders = [locate(trainer.runs, exp.name, trunk).checkpoints]
    if trainer.checkpoint_dir:
        folders += sorted(Path(trainer.checkpoint_dir).glob(f"*-{trunk}"))
    for folder in folders:
        if (path := folder / branch_checkpoint(step)).exists():
            yield path


def _unusable(path: Path, exp: Experiment) -> str:
    """Why a branch cannot go on from a checkpoint; empty if it can."""
    if wrong := damage(path):
        return f"{path} is damaged: {wrong}"
    made = torch.load(path, map_location="cpu", weights_only=True, mmap=True)[TRUNK]
    return next(
        (
            f"{path} was made with {name} {made[name]}, here it is {here}"
            for name, here in resolved(exp).items()
            if made[name] != here
        ),
        "",
    )


def _take_over(state: dict[str, Any], made: Made, step: int, planned: PlannedRun) -> None:
    """Changes a trunk's checkpoint to that of its branch at the same step.

    Its next learning rate is that of the branch. Best and latest validation are left out: those of
    a branch are its own, at parts of its own amount. What was consumed and the time it took stay,
    since the model has been trained on it, and are also noted as the trunk's.
    """
    callbacks = state["callbacks"]
    for key in list(callbacks):
        if key.startswith("ModelCheckpoint") or key == ValidationScores.__name__:
            del callbacks[key]
    hours = sum(row[UNITS.index("hours")] for row in callbacks[Consumption.__name__]["consumed"])
    seconds = callbacks[Price.__name__]["train_seconds"]
    noted = {"run": made.run, "step": step, "hours": hours, "seconds": seconds}
    callbacks[Origin.__name__] = noted
    factor = step_factors(planned.exp.optim, planned.plan)[step]
    for optimizer, scheduler in zip(state["optimizer_states"], state["lr_schedulers"], strict=True):
        rates = [base * factor for base in scheduler["base_lrs"]]
        scheduler["_last_lr"] = rates
        for group, rate in zip(optimizer["param_groups"], rates, strict=True):
            group["lr"] = rate
