"""Whether a study's runs can run at all, asked before any of them is started."""

from collections.abc import Sequence

from plion.errors import InputError
from plion.planning.planned_run import mixture_plan
from plion.planning.test_sets import check_test_sets
from plion.runs.checkpoint_folder import check_checkpoint_dir
from plion.studies.contents import Written
from plion.studies.expected import Expected


def check_runnable(runs: Sequence[Expected], base: Expected, *, here: bool) -> None:
    """Plans the training of each run and looks for its test sets, once where these are the same.

    Raises InputError, naming the run, as `mixture_plan` and `check_test_sets` do; `here`: the runs
    see this machine's paths, so also as `check_checkpoint_dir`. `base` is only tested.
    """
    known, seen = Written(), set[tuple[str, ...]]()
    for run in runs:
        if (content := known.content(run.exp)) in seen:
            continue
        seen.add(content)
        try:
            if run.hash8 != base.hash8:
                if here:
                    check_checkpoint_dir(run.exp.trainer.checkpoint_dir, run.folder)
                mixture_plan(run.exp)
            if run.tested:
                check_test_sets(run.exp)
        except InputError as error:
            raise InputError(f"{run.name} cannot run, nothing is started: {error}") from error
