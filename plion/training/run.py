"""One run from its plan: folder, provenance, training, export, test sets."""

import json
import math
import platform
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import lightning as L
import torch
from lightning.pytorch.callbacks import Callback, LearningRateMonitor, ModelCheckpoint
from lightning.pytorch.callbacks.progress import TQDMProgressBar
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.utilities.exceptions import MisconfigurationException, SIGTERMException

from plion.config import Experiment, evaluation, to_yaml
from plion.data.manifest import Manifest, read_manifest
from plion.errors import InputError
from plion.evaluation.benchmarks import suite
from plion.evaluation.recognize import device
from plion.inputs import evaluation_hash8, hash8, manifest_path
from plion.model import checkpoint
from plion.model import identity as models
from plion.model.module import SpeechRecognizer
from plion.runs import RunFolder, alone, atomic_write, claim, disk_full, provenance
from plion.studies.plans import PlannedRun, totals
from plion.training.callbacks import Consumption, ValidationScores
from plion.training.datamodule import TrainingData
from plion.training.storage import LastCheckpoint, WholeCheckpoints
from plion.training.testing import test


def train(planned: PlannedRun) -> Path:
    """Trains a planned run, exports the selected weights, decodes the test sets; its folder.

    A finished run is used, an unfinished one resumed at its last checkpoint. Raises InputError for
    data or a model that cannot be used; the run is then `failed` and can be started again.
    """
    exp = planned.exp
    folder = claim(exp.trainer.runs, exp.name, hash8(exp))
    with alone(folder.path):
        if not folder.done(exp.evaluate.test):
            _train(folder, planned)
    return folder.path


def _train(folder: RunFolder, planned: PlannedRun) -> None:
    exp = planned.exp
    with disk_full(folder.path), _recorded(folder, exp):
        if not folder.export.exists():
            print(totals(planned), file=sys.stderr, flush=True)
            _fit(folder, planned)
        if exp.evaluate.test:
            test(folder, checkpoint.load(str(folder.export)), exp)
            _log_result(folder, exp)


def evaluate(exp: Experiment) -> Path:
    """Decodes the test sets with a model as it is; the folder with predictions and metrics.

    That of a trained run is the run's own where it is tested as its configuration says. Any other
    model, and a run tested otherwise (`tag.decode=forced`), has a folder of its own.
    """
    run = RunFolder(Path(exp.model.name))
    digits = evaluation_hash8(exp)
    if run.config.is_file() and digits == evaluation_hash8(_of_itself(run)):
        with alone(run.path), disk_full(run.path):
            test(run, checkpoint.load(exp.model.name), exp)
        return run.path
    folder = claim(exp.trainer.runs, exp.name, digits)
    with alone(folder.path):
        if not folder.done(tested=True):
            with disk_full(folder.path), _recorded(folder, exp):
                test(folder, checkpoint.load(exp.model.name), exp)
    return folder.path


def _of_itself(run: RunFolder) -> Experiment:
    return evaluation(str(run.path), None, None, ())


@contextmanager
def _recorded(folder: RunFolder, exp: Experiment) -> Iterator[None]:
    """Keeps run.json true: running before, done after, failed with the reason in between.

    A run that is stopped by a signal stays `running`, to be resumed.
    """
    torch.set_num_threads(exp.trainer.threads)
    L.seed_everything(exp.seed, workers=True, verbose=False)
    atomic_write(folder.config, to_yaml(exp))
    folder.write(
        status="running",
        **provenance(folder),
        seed=exp.seed,
        suite=exp.data.suite,
        benchmarks=[asdict(row) for row in suite(exp.data.suite)],
        tag_decode=exp.tag.decode,
        device=_device(),
        attention="sdpa",
        model={"name": exp.model.name, "identity": models.identity(exp.model.name)},
        price_per_hour=exp.trainer.price_per_hour,
        start=folder.read().get("start") or _now(),
    )
    try:
        yield
    except Exception as error:
        folder.write(status="failed", error=str(error), end=_now())
        raise
    folder.write(status="done", error=None, end=_now())


def _fit(folder: RunFolder, planned: PlannedRun) -> None:
    exp, plan = planned.exp, planned.plan
    if exp.trainer.select == "best" and not exp.trainer.validations:
        raise InputError("trainer.select=best needs trainer.validations of 1 or more")
    loaded = checkpoint.load(exp.model.name)
    # The schedule's time is the middle of each step: neither its first nor its last is wasted.
    middles = (plan.fractions[:-1] + plan.fractions[1:]) / 2
    module = SpeechRecognizer(loaded.model, loaded.prompter, exp, middles.tolist())
    module.train()
    data = TrainingData(planned, loaded, _valid(exp))
    consumption = Consumption(plan, exp.trainer.log_every)
    scores = ValidationScores(suite(exp.data.suite), exp.evaluate.profile)
    try:
        trainer = _trainer(folder, planned, [consumption, scores])
    except MisconfigurationException as error:
        raise InputError(f"trainer.accelerator or trainer.devices: {error}") from error
    folder.write(manifests=_manifests(planned), hold=vars(exp.hold))
    last = _last(folder)
    with _stopped_by_signal():
        trainer.fit(module, data, ckpt_path=str(last) if last.exists() else None)
    if scores.latest.get("step") != trainer.global_step and exp.trainer.validations:
        trainer.validate(module, data, verbose=False)
    step = _select(folder, module, trainer, scores)
    checkpoint.save(loaded, folder.export)
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


def _last(folder: RunFolder) -> Path:
    return folder.checkpoints / "last.ckpt"


def _trainer(folder: RunFolder, planned: PlannedRun, callbacks: list[Callback]) -> L.Trainer:
    exp, steps = planned.exp, planned.plan.steps
    accumulate = len(planned.plan.deal(0, exp.trainer.devices)) // steps
    validate_every = max(1, steps // max(1, exp.trainer.validations)) * accumulate
    save_every = max(1, math.ceil(steps / max(1, exp.trainer.checkpoints)))
    return L.Trainer(
        accelerator=exp.trainer.accelerator,
        devices=exp.trainer.devices,
        precision=exp.trainer.precision,  # type: ignore[arg-type]
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


def _log_result(folder: RunFolder, exp: Experiment) -> None:
    """Hyper-parameters with the final errors, for TensorBoard's HParams page.

    All settings, those of policies not chosen too: the page wants the same columns of every run.
    """
    content = json.loads(folder.metrics.read_text(encoding="utf-8"))
    figures = {f"test_error/{key}": row["rate"] for key, row in content["benchmarks"].items()}
    figures["test/macro_error"] = content["macro_average"]
    logger = TensorBoardLogger(folder.path, name="", version="", default_hp_metric=False)
    known = {name: value for name, value in figures.items() if value is not None}
    logger.log_hyperparams(asdict(exp), known, step=folder.read()["steps"])
    logger.finalize("success")


def _valid(exp: Experiment) -> list[Manifest]:
    if not exp.trainer.validations:
        return []
    return [read_manifest(manifest_path(exp, row, "valid")) for row in suite(exp.data.suite)]


def _manifests(planned: PlannedRun) -> list[dict[str, Any]]:
    return [
        {
            "path": str(one.manifest.path),
            "sha256": one.manifest.sha256,
            "rows": len(one.manifest),
            "hours": one.manifest.hours,
        }
        for one in planned.train_sets
        if one.manifest is not None
    ]


def _device() -> str:
    kind = device().type
    if kind == "cuda":
        return torch.cuda.get_device_name()
    return f"{kind} {platform.machine()}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
