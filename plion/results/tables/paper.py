"""The table of a paper: a row per system, columns grouped by language, averages last."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from plion.results.analysis.best import Separable, separable
from plion.results.analysis.pairing import intersected, unpaired
from plion.results.analysis.systems import System, deviations, system_rates, systems
from plion.results.reading.study import Run, Study
from plion.results.tables.errors import AVERAGES, average_cells
from plion.results.tables.notes import footnotes, reading_notes
from plion.results.tables.seeds import over_seeds
from plion.scoring.benchmarks import Benchmark
from plion.scoring.statistics.averages import MACRO
from plion.scoring.statistics.holm import LEVEL
from plion.scoring.statistics.rate import Rate
from plion.text.metrics import METRICS
from plion.typesetting.table import Group, Table


def paper_table(study: Study, conditions: Mapping[Run, str], *, intersect: bool = False) -> Table:
    """A study's systems on its test sets; the best is bold if separable from all others.

    With several seeds: mean and standard deviation. `intersect`: decides what is bold on the
    utterances that all runs share. `conditions`: footnotes.
    """
    own = systems(study)
    benchmarks = list({row.key: row for run in study.runs for row in run.benchmarks}.values())
    keys = [row.key for row in benchmarks]
    several = any(len(system.runs) > 1 for system in own)
    marks, said = footnotes(study, conditions)
    rows = [_row(study, system, keys, several=several, marks=marks) for system in own]
    ranked = [system for system in own if system.runs and not system.forced]
    found = separable(_common(ranked) if intersect else ranked)
    columns = ["system", *(["seeds"] if several else []), *keys, *AVERAGES]
    bold = {
        (place, columns.index(name))
        for name, best in found.best.items()
        for place, system in enumerate(own)
        if system.content == ranked[best].content
    }
    notes = [*reading_notes(study), *over_seeds(study), _bold_note(found), *said]
    return Table(
        title=study.title,
        header=columns,
        rows=rows,
        notes=notes,
        words=1,
        groups=[Group("", 1 + several), *language_groups(benchmarks), Group("", len(AVERAGES))],
        bold=frozenset(bold),
    )


def language_groups(benchmarks: Sequence[Benchmark]) -> list[Group]:
    """Groups of adjacent columns of a language, `English, WER`."""
    return [
        Group(f"{spoken.name}, {METRICS[metric].title}", len(list(rows)))
        for (spoken, metric), rows in groupby(benchmarks, lambda row: (row.spoken, row.metric))
    ]


def _row(
    study: Study, system: System, keys: Sequence[str], *, several: bool, marks: Mapping[Run, str]
) -> list[str]:
    label = system.name + "".join(dict.fromkeys(marks.get(run, "") for run in system.runs))
    first = [label, *([str(len(system.runs))] if several else [])]
    made = system_rates(study, system)
    if not made:
        return [*first, *[""] * len(keys), system.status, *[""] * (len(AVERAGES) - 1)]
    spread = deviations(system)
    rates = [_rate(made.get(name), spread.get(name)) for name in (*keys, MACRO)]
    return [*first, *rates, *average_cells(made, system.coverage)]


def _rate(rate: Rate | None, deviation: float | None = None) -> str:
    if rate is None:
        return ""
    return f"{rate.value:.2f}" + ("" if deviation is None else f" ± {deviation:.2f}")


def _common(ranked: Sequence[System]) -> list[System]:
    """The systems reduced to the utterances that all their runs share."""
    runs = [run for system in ranked for run in system.runs]
    if not unpaired(runs):
        return list(ranked)
    cut = iter(intersected(runs))
    return [
        System(system.name, system.labels, tuple(next(cut) for _ in system.runs))
        for system in ranked
    ]


def _bold_note(found: Separable) -> str:
    if not found.tests:
        return f"No figure is bold: {found.reason or 'no seed in common'}."
    lone = f" As {found.reason}, these are not among them." if found.reason else ""
    return (
        "Bold: the lowest where it is separable from every other system, forced ones apart, at "
        f"p {LEVEL}, paired and corrected by Holm for the {found.tests} comparisons of the lowest "
        "with the others on every column." + lone
    )
