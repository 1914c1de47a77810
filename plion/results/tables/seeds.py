"""Table of the mean and standard deviation over seeds of a study's systems."""

from collections.abc import Sequence

from plion.results.analysis.systems import System, deviations, mean_rates, systems
from plion.results.reading.study import Study
from plion.scoring.statistics.averages import MACRO, macro_average
from plion.typesetting.table import Table


def seeds_table(study: Study) -> Table:
    """Mean and standard deviation over seeds of every cell; no rows for cells of one seed."""
    keys = list(dict.fromkeys(row.key for run in study.runs for row in run.benchmarks))
    rows = [_seeds_row(system, keys) for system in systems(study) if len(system.runs) > 1]
    title = f"{study.name}: mean and standard deviation over seeds"
    note = "macro: plain mean over the n test sets that all seeds of a cell have."
    return Table(title, ["cell", "seeds", *keys, "macro", "n"], rows, [note])


def _seeds_row(system: System, keys: Sequence[str]) -> list[str]:
    rates, spread = mean_rates(system), deviations(system)
    macro = macro_average(rates)
    means = rates | ({} if macro is None else {MACRO: macro})
    shown = [
        f"{means[key]:.2f} ± {spread[key]:.2f}" if key in means else "" for key in (*keys, MACRO)
    ]
    return [system.name, str(len(system.runs)), *shown, system.coverage]


def over_seeds(study: Study) -> list[str]:
    """The note on figures of systems with several seeds, if there are any."""
    if all(len(system.runs) < 2 for system in systems(study)):
        return []
    return ["Over several seeds: means ± standard deviation of one seed."]
