"""Tables of error rates: per test set, and averages."""

from collections.abc import Iterable, Mapping, Sequence

from plion.results.analysis.rates import run_rates
from plion.results.reading.study import Run, Study
from plion.results.tables.notes import footnotes, intervals_note, reading_notes
from plion.scoring.statistics.averages import LANGUAGE_MEAN, MACRO, WORST_LANGUAGE
from plion.scoring.statistics.estimate import ends
from plion.scoring.statistics.rate import PICKED_NOTE, Rate, few_note, printed
from plion.typesetting.table import Table

AVERAGES = ["macro", "interval", "n", "language mean", "worst language"]


def rates_table(study: Study, conditions: Mapping[Run, str]) -> Table:
    """Every run's rates in the suite's order, then averages; `conditions` become footnotes."""
    keys = list(dict.fromkeys(row.key for run in study.runs for row in run.benchmarks))
    marks, notes = footnotes(study, conditions)
    rows = [_rates_row(study, run, keys, run.title + marks.get(run, "")) for run in study.runs]
    return Table(
        title=study.title,
        header=["run", *keys, *AVERAGES],
        rows=rows,
        notes=[*reading_notes(study), *notes],
    )


def averages_table(study: Study, named: Iterable[tuple[str, Mapping[str, Rate]]]) -> Table:
    """The averages by language of each named run or cell, with intervals."""
    rows = [
        [name, printed(made[LANGUAGE_MEAN]), _worst(made)] for name, made in named if MACRO in made
    ]
    header = ["run", "language mean", "worst language"]
    notes = [intervals_note(study), PICKED_NOTE, *few_note(row[1:2] for row in rows)]
    return Table("Averages by language, in percent, with 95 % intervals", header, rows, notes)


def _worst(made: Mapping[str, Rate]) -> str:
    return f"{made[WORST_LANGUAGE].language} {made[WORST_LANGUAGE].value:.2f}"


def _rates_row(study: Study, run: Run, keys: Sequence[str], label: str) -> list[str]:
    if not run.scores:
        return [label, *[""] * len(keys), run.status, *[""] * (len(AVERAGES) - 1)]
    made = run_rates(study, run)
    rates = [f"{made[key].value:.2f}" if key in made else "" for key in keys]
    n = run.coverage
    if MACRO not in made:
        return [label, *rates, "", "", n, "", ""]
    return [label, *rates, f"{made[MACRO].value:.2f}", *average_cells(made, n)]


def average_cells(made: Mapping[str, Rate], n: str) -> list[str]:
    """The cells after the macro average: its interval, n, and the averages by language.

    The intervals of the latter are in `averages_table`, to keep the table narrow.
    """
    macro = made[MACRO]
    return [
        ends(macro.low, macro.high, few=macro.few),
        n,
        f"{made[LANGUAGE_MEAN].value:.2f}",
        _worst(made),
    ]
