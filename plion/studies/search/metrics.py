"""What trials are judged by: errors on validation sets, never on test sets.

`valid/macro_error`: the macro average. `valid/en`: the mean over the validation sets of a language.
`valid/nsc`: one validation set. All in percent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from plion.errors import InputError, suggest
from plion.runs.folder import RunFolder
from plion.scoring.benchmarks import Benchmark

MACRO_ERROR = "valid/macro_error"
_PREFIX = "valid/"


@dataclass(frozen=True)
class Metric:
    """A named error; `sets`: keys of the validation sets it is the mean of, none for the macro."""

    name: str
    sets: tuple[str, ...] = ()

    def value(self, validation: Mapping[str, Any] | None) -> float | None:
        """The error in percent from a run's `validation` in run.json; None if it has none."""
        validation = validation or {}
        if not self.sets:
            found = [validation.get("macro_error")]
        else:
            rates = validation.get("benchmarks") or {}
            found = [rates.get(key) for key in self.sets]
        rates = [one for one in found if isinstance(one, int | float)]
        return fmean(rates) if rates and len(rates) == len(found) else None


@dataclass(frozen=True)
class Constraint:
    """A metric that a trial may not exceed: its bound in percent."""

    metric: Metric
    most: float


def read_objectives(where: str, given: Any, benchmarks: Sequence[Benchmark]) -> tuple[Metric, ...]:
    """The metrics of a sweep file's `metric`: one, or a list; InputError for an unknown one."""
    names = given if isinstance(given, list) else [given]
    if not names or len(set(map(str, names))) < len(names):
        raise InputError(f"{where}: metric must be one metric or a list of different ones")
    return tuple(_metric(f"{where}: metric", name, benchmarks) for name in names)


def read_constraints(
    where: str, given: Mapping[str, Any], benchmarks: Sequence[Benchmark]
) -> tuple[Constraint, ...]:
    """The constraints of a sweep file, `{valid/en: 12.5}` or `{valid/en: runs/NAME-HASH8}`.

    A bound is a number in percent, or a finished run's folder, whose own error is the bound. Raises
    InputError for anything else.
    """
    made = []
    for name, bound in given.items():
        metric = _metric(f"{where}: constraints", name, benchmarks)
        if isinstance(bound, str):
            bound = _error_of_run(f"{where}: constraints: {name}", metric, bound)
        if isinstance(bound, bool) or not isinstance(bound, int | float) or not bound >= 0:
            raise InputError(
                f"{where}: constraints: {name} needs the most that is allowed, in percent, or the "
                f"folder of a finished run with that error, not {bound!r}"
            )
        made.append(Constraint(metric, float(bound)))
    return tuple(made)


def _metric(where: str, name: Any, benchmarks: Sequence[Benchmark]) -> Metric:
    sets: dict[str, tuple[str, ...]] = {row.key: (row.key,) for row in benchmarks}
    for language in dict.fromkeys(row.language for row in benchmarks):
        sets[language] = tuple(row.key for row in benchmarks if row.language == language)
    known = {f"{_PREFIX}{key}": Metric(f"{_PREFIX}{key}", own) for key, own in sets.items()}
    known = {MACRO_ERROR: Metric(MACRO_ERROR), **known}
    if name not in known:
        raise InputError(f"{where} cannot be '{name}' {suggest(str(name), known)}")
    return known[name]


def _error_of_run(where: str, metric: Metric, folder: str) -> float:
    run = RunFolder(Path(folder))
    error = metric.value(run.read().validation) if run.done() else None
    if error is None:
        raise InputError(f"{where}: {folder} is not a finished run with that validation error")
    return error
