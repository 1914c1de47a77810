"""Training of a planned run: its callbacks, the selection of weights, their export."""

from functools import partial

import lightning as L
import torch
from lightning.pytorch.callbacks import LearningRateMonitor, ModelCheckpoint
from lightning.pytorch.utilities.exceptions import MisconfigurationException

from plion.config.schema import Experiment
from plion.data.manifest import Manifest
from plion.errors import InputError
from plion.loading.workers import explained_worker_failures
from plion.models.base import Loaded
from plion.models.families import family, resolve
from plion.models.trainable.prepare import weight_counts
from plion.planning.inputs import manifest_records, split_manifest, suite_of
from plion.planning.learning_rate.schedule import step_factors
from plion.planning.planned_run import PlannedRun
from plion.runs.folder import RunFolder
from plion.runs.values import Held, Selected
from plion.training.adapting.adaptation import adaptation, replayed
from plion.training.branching.saving import BranchCheckpoints, branch_steps
from plion.training.branching.starting import Origin
from plion.training.callbacks.checkpoints import LastCheckpoint, last_checkpoint
from plion.training.callbacks.consumption import Consumption
from plion.training.callbacks.cost import Price
from plion.training.callbacks.ema import averaging
from plion.training.callbacks.nonfinite import Safety
from plion.training.callbacks.out_of_memory import Memory
from plion.training.callbacks.progress_bar import ProgressBar
from plion.training.callbacks.reporting import Reporting
from plion.training.callbacks.stopping import Stop, stopped_by_signal
from plion.training.callbacks.validation import ValidationScores
from plion.training.datamodule import TrainingData
from plion.training.probe import probe
from plion.training.processes.ranks import Ranks
from plion.training.processes.watchdog import Ending
from plion.training.resuming.conditions import resolved
from plion.training.resuming.integrity import check_best
from plion.training.step.module import SpeechRecognizer
from plion.training.trainer import interval, lightning_trainer


def fit(folder: RunFolder, planned: PlannedRun, ranks: Ranks) -> None:
    """Trains from the last checkpoint, or from the start, and exports the selected weights.

    Rank 0 writes consumption, validation and cost to run.json; other ranks only train. Raises
    InputError for an unusable model or unusable data, Failed for a loss or gradient that is not
    finite, SystemExit or KeyboardInterrupt when a signal stops the run.
    """
    exp = planned.exp
    if exp.trainer.select == "best" and not exp.trainer.validations:
        raise InputError("trainer.select=best needs trainer.validations of 1 or more")
    loaded, module = recognizer(planned)
    valid = _valid(exp)
    probed = probe(planned) if exp.trainer.validations else ()
    data = TrainingData(planned, loaded, list(valid.values()), probed)
    consumption = Consumption(planned, exp.trainer.log_every, loaded.work())
    price = Price(planned, consumption)
    scores = ValidationScores(suite_of(exp), exp.evaluate.profile)
    safety = Safety(folder, exp.trainer.skip_bad_steps)
    towers = [name for name, part in loaded.family.parts.items() if part.tower]
    memory = Memory(exp, towers, planned.clip_cost)
    stop, kept = Stop(), last_checkpoint(folder)
    last = LastCheckpoint(kept, interval(planned.expected_steps, exp.trainer.checkpoints), stop)
    origin = Origin()
    callbacks = [
        *averaging(exp),  # first, so that all other callbacks see the averaged weights
        Ending(ranks.watchdog),
        *(consumption, price, scores, ProgressBar(price, exp.trainer.log_every), safety, memory),
        *(stop, origin),
        *adaptation(folder, planned, data, price=price, scores=scores, stop=stop),
        LearningRateMonitor("step"),
        BranchCheckpoints(folder, branch_steps(planned)),
        _best_checkpoint(folder),
        Reporting(folder, planned, consumption=consumption, price=price, scores=scores),
        last,  # after the best checkpoint's callback, whose state it saves
    ]
    with ranks.together(), stopped_by_signal():
        try:
            trainer = lightning_trainer(folder, planned, callbacks, ranks)
        except MisconfigurationException as error:
            raise InputError(f"trainer.accelerator: {error}") from error
        ranks.watchdog.keep = partial(last.keep, trainer, module)
        if not ranks.rank:
            train = {f"{one.key}/train": one.manifest for one in planned.train_sets if one.manifest}
            manifests = manifest_records({**train, **valid})
            folder.write(
                manifests=manifests,
                hold=Held(exp.hold.quantity, exp.hold.amount),
                devices=ranks.world_size,
                **weight_counts(module.model),
                **resolved(exp),
                **replayed(exp.sampler),
            )
        ranks.begin(folder)
        with memory.explained(), explained_worker_failures():
            trainer.fit(module, data, ckpt_path=str(kept) if kept.exists() else None)
            stop.agree(trainer)
            stop.leave()
            if scores.latest.get("step") != trainer.global_step and exp.trainer.validations:
                trainer.validate(module, data, verbose=False)
                stop.agree(trainer)
                stop.leave()
    if not ranks.rank:
        folder.write(skipped_steps=len(safety.skipped), **origin.figures())
        _finish(
            folder,
            planned,
            trainer,
            module,
            loaded=loaded,
            consumption=consumption,
            price=price,
            scores=scores,
        )


def recognizer(planned: PlannedRun) -> tuple[Loaded, SpeechRecognizer]:
    """Loads the base model of a planned run; returns it and its LightningModule.

    Raises InputError for a model that cannot be loaded.
    """
    exp = planned.exp
    whole = exp.trainer.precision == "bf16-true"
    dtype = torch.bfloat16 if whole else torch.float32
    folder = resolve(exp.model.name, like=exp.model.like)
    own = family(folder)
    loaded = own.load(folder, exp.model, dtype, own.attention(exp.model, exp.trainer))
    module = SpeechRecognizer(loaded, exp, step_factors(exp.optim, planned.plan))
    module.train()
    return loaded, module


def _finish(
    folder: RunFolder,
    planned: PlannedRun,
    trainer: L.Trainer,
    module: SpeechRecognizer,
    *,
    loaded: Loaded,
    consumption: Consumption,
    price: Price,
    scores: ValidationScores,
) -> None:
    """Writes the results of training to run.json and exports the selected weights."""
    exp = planned.exp
    step = _select(folder, module, trainer, scores)
    folder.write(
        selected=Selected(exp.trainer.select, step),
        validation=scores.best if exp.trainer.select == "best" else scores.latest,
        steps=trainer.global_step,
        audio_hours_trained=consumption.total("hours"),
        utterances=int(consumption.total("utterances")),
        supervised_tokens=int(consumption.total("supervised_tokens")),
        consumed=consumption.by_language(),
        consumed_by_corpus=consumption.by_corpus(),
        skipped_audio=consumption.skipped,
        short_of_hold=consumption.short_of_hold(),
        too_long_for_a_batch=planned.too_long,
        train_seconds=price.train_seconds,
        validation_seconds=scores.seconds,
        **price.figures(),
    )
    # Last of all: an existing export marks the training as complete.
    alone = exp.model.lora.parts and exp.model.lora.export == "adapter"
    loaded.save(folder.export, exp.model.name if alone else None)


def _best_checkpoint(folder: RunFolder) -> ModelCheckpoint:
    return ModelCheckpoint(
        folder.checkpoints,
        "best",
        monitor="valid/macro_error",
        save_top_k=1,
        enable_version_counter=False,
    )


def _select(
    folder: RunFolder, module: SpeechRecognizer, trainer: L.Trainer, scores: ValidationScores
) -> int:
    """Loads the selected weights into the module and returns their step."""
    # The last validation may run after the fit, where no best checkpoint is saved.
    if module.exp.trainer.select == "last" or scores.best["step"] == trainer.global_step:
        return trainer.global_step
    check_best(folder)
    saved = torch.load(folder.checkpoints / "best.ckpt", map_location="cpu", weights_only=True)
    module.on_load_checkpoint(saved)
    module.load_state_dict(saved["state_dict"])
    return int(saved["global_step"])


def _valid(exp: Experiment) -> dict[str, Manifest]:
    """The validation sets by name (`aishell1/valid`); empty if the run needs none."""
    needed = exp.trainer.validations or exp.sampler.name == "adaptive"
    rows = suite_of(exp) if needed else []
    return {f"{row.key}/valid": split_manifest(exp, row, "valid") for row in rows}
