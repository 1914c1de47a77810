"""Training a planned run: the Lightning trainer, what is selected, what is exported."""

import math
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import lightning as L
import torch
from lightning.pytorch.callbacks import Callback, LearningRateMonitor, ModelCheckpoint
from lightning.pytorch.callbacks.progress import TQDMProgressBar
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.utilities.exceptions import MisconfigurationException, SIGTERMException

from plion.data.manifest import Manifest
from plion.errors import InputError
from plion.evaluation.benchmarks import suite
from plion.inputs import split_manifest
from plion.model import checkpoint
from plion.model.module import SpeechRecognizer
from plion.planning.plans import PlannedRun
from plion.runs import RunFolder
from plion.settings import Experiment
from plion.training.callbacks import Consumption, ValidationScores
from plion.training.datamodule import TrainingData
from plion.training.record import described
from plion.training.storage import LastCheckpoint, WholeCheckpoints


def fit(folder: RunFolder, planned: PlannedRun) -> None:
    """Trains, from the last checkpoint if there is one, and exports the selected weights.

    What was consumed and validated goes to run.json. Raises InputError for a model or data that
    cannot be used, SystemExit and KeyboardInterrupt when a signal stops it.
    """
    exp, plan = planned.exp, planned.plan
    if exp.trainer.select == "best" and not exp.trainer.validations:
        raise InputError("trainer.select=best needs trainer.validations of 1 or more")
    whole = exp.trainer.precision == "bf16-true"
    loaded = checkpoint.load(exp.model.name, torch.bfloat16 if whole else torch.float32)
    # The schedule's time is the middle of each step: neither its first nor its last is wasted.
    middles = (plan.fractions[:-1] + plan.fractions[1:]) / 2
    module = SpeechRecognizer(loaded.model, loaded.prompter, exp, middles.tolist())
    module.train()
    valid = _valid(exp)
    data = TrainingData(planned, loaded, list(valid.values()))
    consumption = Consumption(plan, exp.trainer.log_every)
    scores = ValidationScores(suite(exp.data.suite), exp.evaluate.profile)
    try:
        trainer = _trainer(folder, planned, [consumption, scores])
    except MisconfigurationException as error:
        raise InputError(f"trainer.accelerator: {error}") from error
    train = {f"{one.key}/train": one.manifest for one in planned.train_sets if one.manifest}
    folder.write(manifests=described({**train, **valid}), hold=vars(exp.hold))
    last = _last(folder)
    with _stopped_by_signal():
        trainer.fit(module, data, ckpt_path=str(last) if last.exists() else None)
    if scores.latest.get("step") != trainer.global_step and exp.trainer.validations:
        trainer.validate(module, data, verbose=False)
    step = _select(folder, module, trainer, scores)
    seconds = consumption.train_seconds
    price = exp.trainer.price_per_hour
    folder.write(
        selected={"kind": exp.trainer.select, "step": step},
        validation=scores.best if exp.trainer.select == "best" else scores.latest,
        steps=trainer.global_step,
        audio_hours_trained=consumption.total("hours"),
        utterances=int(consumption.total("utterances")),
        supervised_tokens=int(consumption.total("supervised_tokens")),
        skipped_audio=consumption.skipped,
        train_seconds=seconds,
        audio_seconds_per_second=3600 * consumption.total("hours") / seconds,
        cost=None if price is None else price * seconds / 3600,
    )
    # Last of all: with the export there, the training is taken as done.
    checkpoint.save(loaded, folder.export)


def _last(folder: RunFolder) -> Path:
    return folder.checkpoints / "last.ckpt"


def _trainer(folder: RunFolder, planned: PlannedRun, callbacks: list[Callback]) -> L.Trainer:
    exp, steps = planned.exp, planned.plan.steps
    accumulate = len(planned.plan.deal(0, exp.trainer.devices)) // steps
    validate_every = math.ceil(steps / max(1, exp.trainer.validations)) * accumulate
    save_every = math.ceil(steps / max(1, exp.trainer.checkpoints))
    return L.Trainer(
        accelerator=exp.trainer.accelerator,
        devices=exp.trainer.devices,
        # Weights are loaded in bfloat16: Lightning would turn the rotary frequencies into it too.
        precision="32" if exp.trainer.precision == "bf16-true" else exp.trainer.precision,  # type: ignore[arg-type]
        max_steps=steps,
        max_epochs=-1,
        accumulate_grad_batches=accumulate,
        gradient_clip_val=exp.optim.clip or None,
        val_check_interval=validate_every,
        check_val_every_n_epoch=None,
        limit_val_batches=None if exp.trainer.validations else 0,
        num_sanity_val_steps=0,
        log_every_n_steps=exp.trainer.log_every,
        use_distributed_sampler=False,
        enable_model_summary=False,
        logger=TensorBoardLogger(folder.path, name="", version="", default_hp_metric=False),
        plugins=[WholeCheckpoints()],
        callbacks=[
            *callbacks,
            LearningRateMonitor("step"),
            TQDMProgressBar(refresh_rate=exp.trainer.log_every),
            ModelCheckpoint(
                folder.checkpoints, "best", monitor="valid/macro_error", save_top_k=1,
                enable_version_counter=False,
            ),
            LastCheckpoint(_last(folder), save_every),  # after the best, whose state it holds
        ],
    )  # fmt: skip


@contextmanager
def _stopped_by_signal() -> Iterator[None]:
    """Leaves with the status of a process stopped by a signal; Lightning has others."""
    try:
        yield
    except SIGTERMException as stop:
        raise SystemExit(128 + signal.SIGTERM) from stop
    except SystemExit as stop:  # what Lightning makes of Ctrl-C
        raise KeyboardInterrupt from stop


def _select(
    folder: RunFolder, module: SpeechRecognizer, trainer: L.Trainer, scores: ValidationScores
) -> int:
    """Puts the selected weights into the module and returns the step they are of."""
    # The last validation may come after the fit, where no checkpoint is made of the best.
    if module.exp.trainer.select == "last" or scores.best["step"] == trainer.global_step:
        return trainer.global_step
    saved = torch.load(folder.checkpoints / "best.ckpt", map_location="cpu", weights_only=True)
    module.load_state_dict(saved["state_dict"])
    return int(saved["global_step"])


def _valid(exp: Experiment) -> dict[str, Manifest]:
    """The validation sets by name, `aishell1/valid`; none where nothing is validated."""
    rows = suite(exp.data.suite) if exp.trainer.validations else []
    return {f"{row.key}/valid": split_manifest(exp, row, "valid") for row in rows}
