"""The columns of results.csv; a study file's axes may not take the names of the fixed ones."""

from plion.results.reading.budget_axis import BUDGET
from plion.runs.record import columns

BEFORE_AXES = ["ablation", "run", "status", "seed"]
RECORDED = columns()
_AFTER_SELECTED = 1 + RECORDED.index("selected")
AFTER_AXES = ["tag_decode", "benchmark", "language", "metric", "errors", "reference_length"]
AFTER_AXES += ["rate", "ci_low", "ci_high", "n_utterances", "covered", "interval_over", "tuned"]
AFTER_AXES += [BUDGET]
AFTER_AXES += [*RECORDED[:_AFTER_SELECTED], "profile", *RECORDED[_AFTER_SELECTED:]]
FIXED = (*BEFORE_AXES, *AFTER_AXES)
"""The columns of every results.csv, whatever the axes."""


def column(axis: str) -> str:
    """The name of an axis's column."""
    return axis.replace(".", "_")
