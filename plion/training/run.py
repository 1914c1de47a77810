"""One run from its plan: training, export, test sets, and what is recorded of them."""

import logging
import sys
import warnings
from pathlib import Path

import lightning as L
import torch
from lightning.pytorch.loggers import TensorBoardLogger

from plion.config.experiment import also_forced, decoding_attention, evaluation
from plion.config.layers import value_at
from plion.config.schema import Experiment
from plion.models.device import device, keep_freed_memory
from plion.models.qwen3_asr.files.convert import convert
from plion.models.qwen3_asr.files.layouts import QWEN_ASR
from plion.planning.floor import warning
from plion.planning.inputs import evaluation_hash8, hash8
from plion.planning.planned_run import PlannedRun
from plion.planning.totals import totals
from plion.recognition.recognizers import recognizer
from plion.recognition.test_sets import check_test_sets, run_test_sets, tested
from plion.runs.claims import alone, claim, locate
from plion.runs.folder import RunFolder, run_of
from plion.system.documents import read_json
from plion.system.files import disk_full
from plion.training import resuming
from plion.training.callbacks.stopping import requeued
from plion.training.fit import fit
from plion.training.lifecycle import recorded
from plion.training.processes.ranks import Ranks

# The HParams page shows the first five columns of its own accord.
_SHOWN = ("sampler.name", "sampler.temperature.T", "tag.train", "seed", "optim.lr")
# Lightning's warnings that do not hold: the data module owns the position, features are cheap.
_NOT_TRUE_HERE = (
    ".*is not resumable",
    ".*does not have many workers",
    ".*overridden `transfer_batch_to_device`",  # as meant: the data module has none
    ".*Grad strides do not match",  # of convolutions whose channels are last in memory
    ".*smaller than the logging interval",  # the last step is logged too
    "Checkpoint directory .* exists",
    ".*isinstance.treespec, LeafSpec",
    ".*sync_dist=True",  # every rank logs the figures of all
    ".*in eval mode at the start of training",  # what is frozen
    ".*`training_step` returned `None`",  # where all audio of a batch was bad
)


def train(planned: PlannedRun) -> Path:
    """Trains a planned run, exports the selected weights, decodes the test sets; its folder.

    A finished run is used, an unfinished one resumed at its last checkpoint, on as many devices as
    now are asked for. Ranks other than 0 do not return: they leave with their status. Raises
    InputError for data or a model that cannot be used; the run is then `failed` and can be started
    again.
    """
    ranks = Ranks(planned.exp.trainer.devices)
    with requeued(ranks.rank):
        if ranks.rank:
            raise SystemExit(ranks.follow(lambda: _train_beside(planned, ranks)))
        return _train_first(planned, ranks)


def _train_first(planned: PlannedRun, ranks: Ranks) -> Path:
    """Trains as rank 0, whose folder it is."""
    exp = planned.exp
    folder = claim(exp.trainer.runs, exp.name, hash8(exp))
    with alone(folder.path), disk_full(folder.path):
        if folder.done(tested=exp.evaluate.test, forced=also_forced(exp)):
            ranks.dismiss()
            _export_both(folder, exp)
        else:
            resuming.check_resumable_here(folder, exp)
            with recorded(folder, exp, tag_train=exp.tag.train):
                _train(folder, planned, ranks)
    return folder.path


def _train_beside(planned: PlannedRun, ranks: Ranks) -> None:
    """Trains as a rank other than 0: it owns no file and says nothing."""
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
    if folder.export.exists():
        ranks.dismiss()
    else:
        print(totals(planned), file=sys.stderr, flush=True)
        if told := warning(planned):
            print(f"plion: {told}", file=sys.stderr, flush=True)
        fit(folder, planned, ranks)
    _export_both(folder, exp)
    if exp.evaluate.test:
        run_test_sets(folder, recognizer(str(folder.export), exp, decoding_attention(exp)), exp)
        _log_result(folder, exp)


def _export_both(folder: RunFolder, exp: Experiment) -> None:
    """The exported weights in the other layout too, where that is asked for and not there yet."""
    other = folder.export.with_name("export-qwen-asr")
    if exp.trainer.export == "both" and not other.exists():
        convert(str(folder.export), other, QWEN_ASR)


def evaluate(exp: Experiment) -> Path:
    """Decodes the test sets with a model as it is; the folder with predictions and metrics.

    That of a trained run is the run's own where it is tested as its configuration says. Any other
    model, and a run tested otherwise (`tag.decode=forced`), has a folder of its own.
    """
    _settle(exp)
    check_test_sets(exp)
    run, digits = RunFolder(Path(exp.model.name)), evaluation_hash8(exp)
    if _is_own(run, exp, digits):
        with alone(run.path), disk_full(run.path):
            run_test_sets(run, recognizer(exp.model.name, exp, decoding_attention(exp)), exp)
        return run.path
    folder = claim(exp.trainer.runs, exp.name, digits)
    with alone(folder.path), disk_full(folder.path):
        if not tested(folder, exp):
            with recorded(folder, exp):
                loaded = recognizer(exp.model.name, exp, decoding_attention(exp))
                by = run_of(run.path).read().get("name")
                folder.write(attention=loaded.attention, trained_as=by)
                run_test_sets(folder, loaded, exp)
    return folder.path


def _settle(exp: Experiment) -> None:
    """Sets what changes a result's bits, threads and seeds, and hushes what is not of the run."""
    torch.set_num_threads(exp.trainer.threads)
    if device(exp.trainer.accelerator).type == "cpu":
        keep_freed_memory()
    L.seed_everything(exp.seed, workers=True, verbose=False)
    for talker in ("lightning.pytorch", "lightning.fabric"):  # tips and advertisements
        logging.getLogger(talker).setLevel(logging.WARNING)
    for message in _NOT_TRUE_HERE:
        warnings.filterwarnings("ignore", message)


def _is_own(run: RunFolder, exp: Experiment, digits: str) -> bool:
    """Whether a model is a run that is tested under its own name, as its configuration says."""
    if not run.config.is_file():
        return False
    own = evaluation(str(run.path), None, exp.data.root, ())
    return own.name == exp.name and evaluation_hash8(own) == digits


def _log_result(folder: RunFolder, exp: Experiment) -> None:
    """Hyper-parameters with the final errors, for TensorBoard's HParams page.

    The settings that studies vary, the same of every run: the page shows few columns and wants
    them equal. config.yaml has all.
    """
    content = read_json(folder.metrics)
    figures = {"test/macro_error": content["macro_average"]}
    figures |= {f"test_error/{key}": row["rate"] for key, row in content["benchmarks"].items()}
    logger = TensorBoardLogger(folder.path, name="", version="", default_hp_metric=False)
    shown = {key: value_at(exp, key) for key in _SHOWN}
    known = {name: value for name, value in figures.items() if value is not None}
    logger.log_hyperparams(shown, known, step=folder.read()["steps"])
    logger.finalize("success")
