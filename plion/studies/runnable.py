"""Whether a study's runs can run at all, asked before any of them is started."""

from collections.abc import Sequence

from plion.config.schema import Experiment
from plion.errors import InputError
from plion.planning.planned_run import mixture_plan
from plion.planning.test_sets import check_test_sets
from plion.studies.expected import Expected


def check_runnable(runs: Sequence[Expected], base: Expected) -> None:
    """Plans the training of each run and looks for its test sets, once where these are the same.

    Raises InputError, naming the run, as `mixture_plan` and `check_test_sets` do. `base` is only
    tested.
    """
    seen: set[str] = set()
    for run in runs:
        if (content := _content(run.exp)) in seen:
            continue
        seen.add(content)
        try:
            if run.hash8 != base.hash8:
                mixture_plan(run.exp)
            if run.tested:
                check_test_sets(run.exp)
        except InputError as error:
            raise InputError(f"{run.name} cannot run, nothing is started: {error}") from error


def _content(exp: Experiment) -> str:
    """What a plan depends on, but for the seed, under which the same can be planned."""
    groups = (exp.model, exp.data, exp.languages, exp.sampler, exp.tag, exp.batch, exp.hold)
    return repr((*groups, exp.evaluate, exp.trainer.devices))
