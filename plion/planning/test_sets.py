"""The test sets of an experiment that are there to be decoded."""

from plion.config.schema import Experiment
from plion.errors import InputError
from plion.planning.inputs import manifest_path, suite_of
from plion.scoring.benchmarks import Benchmark
from plion.text.normalize import profile_steps


def present_test_sets(exp: Experiment) -> list[Benchmark]:
    """The rows of the suite whose test manifests exist; InputError if there is none."""
    present = [row for row in suite_of(exp) if manifest_path(exp, row, "test").is_file()]
    if not present:
        raise InputError(
            f"{exp.data.root} has no test manifest of suite '{exp.data.suite}'; "
            "set data.root to the folder of the prepared data"
        )
    return present


def check_test_sets(exp: Experiment) -> None:
    """Raises InputError if there is no test set, or if the profile refuses a language."""
    for row in present_test_sets(exp):
        profile_steps(row.spoken, exp.evaluate.profile)
