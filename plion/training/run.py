"""One run from its plan: training, export, decoding of the test sets, TensorBoard's HParams."""

import logging
import sys
import warnings
from pathlib import Path

import lightning as L
import torch
from lightning.pytorch.loggers import TensorBoardLogger

from plion.config.experiment import also_forced, decoding_attention, evaluation, to_yaml
from plion.config.schema import Experiment
from plion.models.converting import convert
from plion.models.device import device, keep_freed_memory
from plion.models.families import family
from plion.planning.floor import warning
from plion.planning.inputs import (
    english_names,
    evaluation_hash8,
    hash8,
    unnamed_languages,
)
from plion.planning.planned_run import PlannedRun
from plion.planning.tables.totals import totals
from plion.planning.test_sets import check_test_sets
from plion.recognition.recognizers import recognizer
from plion.recognition.test_sets import run_test_sets, tested
from plion.runs.checkpoint_folder import keep_checkpoints_in, note_begun
from plion.runs.claims import alone, claim, locate
from plion.runs.folder import RunFolder, run_of
from plion.runs.lifecycle import recorded
from plion.settings.walk import settings_of, value_at
from plion.system.documents import read_json
from plion.system.files import disk_full
from plion.training.branching.starting import start_at_trunk
from plion.training.callbacks.stopping import requeued
from plion.training.fit import fit
from plion.training.processes.ranks import Ranks
from plion.training.record_fields import record_fields
from plion.training.resuming import conditions

# Lightning's warnings that do not apply: the data module keeps the position, features are cheap.
_NOT_TRUE_HERE = (
    ".*is not resumable",
    ".*does not have many workers",
    ".*overridden `transfer_batch_to_device`",  # on purpose: the data module has none
    ".*Grad strides do not match",  # convolutions with channels last in memory
    ".*smaller than the logging interval",  # the last step is logged too
    "Checkpoint directory .* exists",
    ".*isinstance.treespec, LeafSpec",
    ".*sync_dist=True",  # every rank logs the figures of all
    ".*in eval mode at the start of training",  # frozen parts
    ".*`training_step` returned `None`",  # all audio of the batch was bad
    ".*`srun` command is available",  # a study places its runs itself
)


def train(planned: PlannedRun, *, wait: bool = True) -> Path:
    """Trains a planned run, exports the selected weights, decodes the test sets.

    Returns the run's folder. A finished run is reused, an unfinished one resumed from its last
    checkpoint, on any number of devices. Waits for another process that works on this run, or with
    `wait=False` raises `locks.Held`. Ranks other than 0 exit instead of returning. Raises
    InputError for unusable data or an unusable model; the run is then `failed` and can be started
    again.
    """
    ranks = Ranks(planned.exp.trainer.devices)
    with requeued(ranks.rank):
        if ranks.rank:
            raise SystemExit(ranks.follow(lambda: _train_beside(planned, ranks)))
        return _train_first(planned, ranks, wait=wait)


def _train_first(planned: PlannedRun, ranks: Ranks, *, wait: bool) -> Path:
    """Trains as rank 0, which alone writes to the run's folder."""
    exp = planned.exp
    folder = claim(exp.trainer.runs, exp.name, hash8(exp))
    with alone(folder.path, wait=wait), disk_full(folder.path):
        if folder.done(tested=exp.evaluate.test, forced=also_forced(exp)):
            ranks.dismiss()
            _export_both(folder, exp)
        else:
            keep_checkpoints_in(exp.trainer.checkpoint_dir, folder)
            start_at_trunk(folder, planned)
            conditions.check_resumable_here(folder, exp)
            note_begun(folder, **conditions.resolved(exp))
            named = english_names(exp)
            known = record_fields(exp) | ({"english_names": named} if named else {})
            with recorded(folder, to_yaml(exp), tag_train=exp.tag.train, **known):
                _train(folder, planned, ranks)
    return folder.path


def _train_beside(planned: PlannedRun, ranks: Ranks) -> None:
    """Trains as a rank other than 0, which writes no file and prints nothing."""
    exp = planned.exp
    _settle(exp)
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    fit(locate(exp.trainer.runs, exp.name, hash8(exp)), planned, ranks)


def _train(folder: RunFolder, planned: PlannedRun, ranks: Ranks) -> None:
    exp = planned.exp
    _settle(exp)
    if exp.evaluate.test:
        check_test_sets(exp)
    if folder.trained:
        ranks.dismiss()
    else:
        print(totals(planned), file=sys.stderr, flush=True)
        for told in (*unnamed_languages(exp), warning(planned)):
            if told:
                print(f"plion: {told}", file=sys.stderr, flush=True)
        fit(folder, planned, ranks)
    _export_both(folder, exp)
    if exp.evaluate.test:
        run_test_sets(folder, recognizer(str(folder.export), exp, decoding_attention(exp)), exp)
        _log_result(folder, exp)


def _export_both(folder: RunFolder, exp: Experiment) -> None:
    """Converts the export to the family's other layouts as well, with `trainer.export=both`."""
    if exp.trainer.export == "both":
        for layout in family(folder.export).layouts[1:]:
            other = folder.export.with_name(f"export-{layout}")
            if not other.exists():
                convert(str(folder.export), other, layout)


def evaluate(exp: Experiment, *, wait: bool = True) -> Path:
    """Decodes the test sets with a model without training; returns the folder of its predictions.

    A trained run that is tested as its configuration says keeps its own folder. Any other model,
    and a run tested with other settings (`tag.decode=forced`), gets a new folder. `wait` as in
    `train`.
    """
    _settle(exp)
    check_test_sets(exp)
    run, digits = RunFolder(Path(exp.model.name)), evaluation_hash8(exp)
    if _is_own(run, exp, digits):
        with alone(run.path, wait=wait), disk_full(run.path):
            run_test_sets(run, recognizer(exp.model.name, exp, decoding_attention(exp)), exp)
        return run.path
    folder = claim(exp.trainer.runs, exp.name, digits)
    with alone(folder.path, wait=wait), disk_full(folder.path):
        if not tested(folder, exp):
            with recorded(folder, to_yaml(exp), **record_fields(exp)):
                loaded = recognizer(exp.model.name, exp, decoding_attention(exp))
                by = run_of(run.path).read().name
                folder.write(attention=loaded.attention, trained_as=by)
                run_test_sets(folder, loaded, exp)
    return folder.path


def _settle(exp: Experiment) -> None:
    """Sets threads and seeds, which change a result's bits, and silences irrelevant warnings."""
    torch.set_num_threads(exp.trainer.threads)
    if device(exp.trainer.accelerator).type == "cpu":
        keep_freed_memory()
    L.seed_everything(exp.seed, workers=True, verbose=False)
    for name in ("lightning.pytorch", "lightning.fabric"):  # tips and advertisements
        logging.getLogger(name).setLevel(logging.WARNING)
    for message in _NOT_TRUE_HERE:
        warnings.filterwarnings("ignore", message)


def _is_own(run: RunFolder, exp: Experiment, digits: str) -> bool:
    """Whether the model is a run, tested under its own name with its own configuration."""
    if not run.config.is_file():
        return False
    own = evaluation(str(run.path), None, exp.data.root, ())
    return own.name == exp.name and evaluation_hash8(own) == digits


def _log_result(folder: RunFolder, exp: Experiment) -> None:
    """Logs hyper-parameters and final errors for TensorBoard's HParams page.

    Only settings that studies vary, the same for every run: the page shows few columns and needs
    them equal. config.yaml has all settings.
    """
    content = read_json(folder.metrics)
    figures = {"test/macro_error": content["macro_average"]}
    figures |= {f"test_error/{key}": row["rate"] for key, row in content["benchmarks"].items()}
    logger = TensorBoardLogger(folder.path, name="", version="", default_hp_metric=False)
    columns = [one.key for one in settings_of(Experiment) if one.about.hparam]
    shown = {key: value_at(exp, key) for key in columns}
    known = {name: value for name, value in figures.items() if value is not None}
    logger.log_hyperparams(shown, known, step=folder.read().steps)
    logger.finalize("success")
