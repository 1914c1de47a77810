"""The adaptive mixture in training: decides the shares of each pass at the end of the last one."""

import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any, Protocol

import lightning as L
import numpy as np

from plion.data.manifest import Manifest
from plion.models.base import Collator
from plion.planning.learning_rate.schedule import step_factors
from plion.planning.planned_run import PlannedRun
from plion.runs.folder import RunFolder
from plion.sampling.adaptive import Adaptive, Decision, Replay
from plion.sampling.settings import Sampler
from plion.training.adapting.losses import LanguageLosses
from plion.training.callbacks.cost import Price
from plion.training.callbacks.stopping import Stop
from plion.training.callbacks.validation import ValidationScores
from plion.training.step.module import SpeechRecognizer
from plion.training.step.step_sums import AtSteps


class Data(Protocol):
    """What the losses need of the run's data module."""

    collator: Collator
    valid: Sequence[Manifest]


class Adaptation(AtSteps):
    """Decides the shares of each pass from validation losses (`sampler.name=adaptive`).

    A pass is decided after the last step without any of its batches, before the checkpoint of that
    step, or where a resumed run begins. What was decided is saved in the checkpoint and written to
    run.json; all ranks decide alike. The plan, the run's length and the learning rate follow.
    """

    def __init__(
        self,
        folder: RunFolder,
        planned: PlannedRun,
        losses: LanguageLosses,
        *,
        price: Price,
        scores: ValidationScores,
        stop: Stop,
    ) -> None:
        """`stop` must come before this callback in the trainer's list.

        Time of the losses counts as that of validations, in `scores`, and not in `price`.
        """
        policy = planned.exp.sampler.policy
        assert isinstance(policy, Adaptive)
        self.folder = folder
        self.planned = planned
        self.policy = policy
        self.losses = losses
        self.price = price
        self.scores = scores
        self.stop = stop
        self.seconds = 0.0
        self.decisions = [policy.first(planned.measured)]

    def state_dict(self) -> dict[str, Any]:
        return {"decisions": [asdict(one) for one in self.decisions], "seconds": self.seconds}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.decisions = [Decision(**one) for one in state_dict["decisions"]]
        self.seconds = state_dict["seconds"]

    def on_load_checkpoint(
        self, trainer: L.Trainer, pl_module: Any, checkpoint: dict[str, Any]
    ) -> None:
        """Plans as far as the checkpoint has decided, before Lightning asks for the length."""
        self.load_state_dict(checkpoint["callbacks"][self.state_key])
        self.planned.follow([one.shares for one in self.decisions])
        self._apply(trainer, pl_module)

    def on_train_start(self, trainer: L.Trainer, pl_module: Any) -> None:
        self._decide(trainer, pl_module)
        self._write(trainer)

    def on_step_end(self, trainer: L.Trainer, pl_module: Any, sums: np.ndarray) -> None:
        if not self.stop.agreed:  # the resumed run decides
            self._decide(trainer, pl_module)

    def _decide(self, trainer: L.Trainer, module: SpeechRecognizer) -> None:
        """Decides what begins with the next step, if it is not decided yet."""
        planned, step = self.planned, trainer.global_step
        begun, reference = planned.plan.decided > step, self.decisions[0].losses
        if planned.plan.open_after is None or (begun and reference):
            return
        losses = self._measure(trainer, module)
        if not reference:
            self.decisions[0] = replace(self.decisions[0], losses=losses)
        # A step may be longer than a pass.
        while planned.plan.decided == step and planned.plan.open_after is not None:
            self.decisions.append(
                self.policy.next(self.decisions, losses, planned.measured, step=step)
            )
            planned.follow([one.shares for one in self.decisions])
        self._apply(trainer, module)
        self._write(trainer)
        self._log(trainer)

    def _measure(self, trainer: L.Trainer, module: SpeechRecognizer) -> dict[str, float]:
        begun = time.monotonic()
        with self.price.aside(trainer):
            losses = self.losses.measured(trainer, module)
        seconds = time.monotonic() - begun
        self.seconds += seconds
        self.scores.seconds += seconds
        return losses

    def _apply(self, trainer: L.Trainer, module: SpeechRecognizer) -> None:
        """Takes the run's length and the learning rate of the next step from the plan."""
        plan, loop = self.planned.plan, trainer.fit_loop
        loop.epoch_loop.max_steps = plan.steps
        if loop._combined_loader is not None and loop._data_fetcher is not None:
            batches = plan.batches // trainer.world_size
            loop.max_batches = loop._data_fetcher.length = batches
            loop._combined_loader.limits = [batches]
        module.factors = step_factors(module.exp.optim, plan)
        for config in trainer.lr_scheduler_configs:
            # It has set the rate of the next step already, from what was planned before.
            factor = module.learning_rate_factor(config.scheduler.last_epoch)
            rates = [factor * base for base in config.scheduler.base_lrs]
            for group, rate in zip(config.scheduler.optimizer.param_groups, rates, strict=True):
                group["lr"] = rate
            config.scheduler._last_lr = rates

    def _write(self, trainer: L.Trainer) -> None:
        if trainer.is_global_zero:
            passes = [asdict(one) for one in self.decisions]
            own = {"pass_size": self.policy.pass_size, "passes": passes, "seconds": self.seconds}
            self.folder.write(mixture=own)

    def _log(self, trainer: L.Trainer) -> None:
        last = self.decisions[-1]
        figures = {f"mixture_share/{key}": share for key, share in last.shares.items()}
        figures |= {f"mixture_loss/{key}": loss for key, loss in last.losses.items()}
        for logger in trainer.loggers:
            logger.log_metrics(figures, trainer.global_step)


def adaptation(
    folder: RunFolder,
    planned: PlannedRun,
    data: Data,
    **others: Any,
) -> list[Adaptation]:
    """The callback of a run with an adaptive sampler, else an empty list; `others`: see there."""
    if not isinstance(planned.exp.sampler.policy, Adaptive):
        return []
    losses = LanguageLosses(planned, data.collator, data.valid)
    return [Adaptation(folder, planned, losses, **others)]


def replayed(sampler: Sampler) -> dict[str, Any]:
    """Fields of run.json of a run that replays the shares of another; empty for any other run."""
    policy = sampler.policy
    if not isinstance(policy, Replay):
        return {}
    passes = [{"shares": shares} for shares in policy.shares]
    return {"mixture": {"pass_size": policy.pass_size, "passes": passes}}
