"""The Lightning trainer of a planned run."""

import math
from collections.abc import Sequence

import lightning as L
from lightning.pytorch.callbacks import Callback, Checkpoint, ProgressBar
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.strategies import DDPStrategy

from plion.models.device import precision
from plion.planning.planned_run import PlannedRun
from plion.runs.folder import RunFolder
from plion.training.callbacks.checkpoints import WholeCheckpoints
from plion.training.processes.launch import environment
from plion.training.processes.ranks import Ranks


def lightning_trainer(
    folder: RunFolder, planned: PlannedRun, callbacks: Sequence[Callback], ranks: Ranks
) -> L.Trainer:
    """The Lightning trainer of a planned run, with these callbacks alone.

    Without a checkpoint callback it saves none, without a progress bar it shows none. Raises
    Lightning's MisconfigurationException for missing devices.
    """
    exp, steps = planned.exp, planned.plan.steps
    accumulate = len(planned.plan.deal(0, ranks.world_size)) // steps
    return L.Trainer(
        accelerator=exp.trainer.accelerator,
        devices=ranks.per_node,
        num_nodes=ranks.nodes,
        # Buffers never change, and every weight is used in every step.
        strategy=DDPStrategy(forward_sync_buffers=False) if ranks.world_size > 1 else "auto",
        # Weights are loaded in bfloat16; Lightning would convert the rotary frequencies as well.
        precision="32" if exp.trainer.precision == "bf16-true" else precision(exp.trainer),  # type: ignore[arg-type]
        max_steps=steps,
        max_epochs=-1,
        accumulate_grad_batches=accumulate,
        val_check_interval=interval(planned.expected_steps, exp.trainer.validations) * accumulate,
        check_val_every_n_epoch=None,
        limit_val_batches=None if exp.trainer.validations else 0,
        num_sanity_val_steps=0,
        log_every_n_steps=exp.trainer.log_every,
        use_distributed_sampler=False,
        enable_model_summary=False,
        enable_checkpointing=any(isinstance(one, Checkpoint) for one in callbacks),
        enable_progress_bar=any(isinstance(one, ProgressBar) for one in callbacks),
        logger=TensorBoardLogger(folder.path, name="", version="", default_hp_metric=False),
        plugins=[WholeCheckpoints(), environment(ranks.world_size)],
        callbacks=list(callbacks),
    )


def interval(steps: int, times: int) -> int:
    """Interval in steps of an event that happens so many times in a run, the last at its end."""
    return math.ceil(steps / max(1, times))
