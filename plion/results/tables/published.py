"""Tables of the paper's published error rates and latencies."""

from collections.abc import Sequence

from plion.results.reading.study import Study
from plion.results.tables.errors import AVERAGES
from plion.results.tables.paper import language_groups
from plion.scoring.benchmarks import suite
from plion.scoring.paper import (
    LATENCY_DEVICE,
    SOURCE,
    PublishedSystem,
    published_latencies,
    published_systems,
    published_utterances,
)
from plion.scoring.statistics.averages import (
    LANGUAGE_MEAN,
    MACRO,
    WORST_LANGUAGE,
    averages,
    macro_average,
)
from plion.typesetting.table import Group, Table

_OTHERS = "‡"
_ROUNDING = 0.01  # points: of the rates and of their average, as printed with two digits


def published_tables(studies: Sequence[Study]) -> list[Table]:
    """The published tables, marked where their test sets differ from those of the studies."""
    return [_rates_table(studies), _latency_table()]


def _rates_table(studies: Sequence[Study]) -> Table:
    """The published systems, with averages recomputed as for runs, and the printed ones.

    Marks columns whose number of utterances differs from the runs' test set.
    """
    benchmarks = suite("sg12")
    languages = {row.key: row.language for row in benchmarks}
    systems = published_systems()
    others = _other_sizes(studies)
    header = [key + (_OTHERS if key in others else "") for key in languages]
    notes = ["Published figures, not made here: other software under another normalisation."]
    if others:
        listed = ", ".join(f"{key} {words}" for key, words in others.items())
        notes.append(
            f"{_OTHERS} another test set than that of the runs here (utterances here of "
            f"published: {listed})."
        )
    return Table(
        title=f"Published in {SOURCE}, Table 2; averages recomputed",
        header=["system", *header, *AVERAGES, "macro as printed"],
        rows=[_row(system, languages) for system in systems],
        notes=[*notes, _printed_note(systems)],
        groups=[Group("", 1), *language_groups(benchmarks), Group("", len(AVERAGES) + 1)],
    )


def _row(system: PublishedSystem, languages: dict[str, str]) -> list[str]:
    made = averages(system.rates, languages)
    worst = made[WORST_LANGUAGE]
    return [
        system.name,
        *(f"{system.rates[key]:.2f}" for key in languages),
        f"{made[MACRO].rate:.2f}",
        "",
        f"{len(system.rates)}/{len(languages)}",
        f"{made[LANGUAGE_MEAN].rate:.2f}",
        f"{worst.language} {worst.rate:.2f}",
        f"{system.average:.2f}",
    ]


def _other_sizes(studies: Sequence[Study]) -> dict[str, str]:
    """Utterances of the runs' test sets if fewer or more than published, `150 of 2,619`."""
    runs = [run for study in studies for run in study.runs]
    own = {key: one.counts.n_utterances for run in runs for key, one in run.scores.items()}
    return {
        key: f"{own[key]:,} of {published:,}"
        for key, published in published_utterances().items()
        if key in own and own[key] != published
    }


def _printed_note(systems: Sequence[PublishedSystem]) -> str:
    """The note on printed averages that differ from the average of the printed rates."""
    apart = [
        f"{row.name} is printed as {row.average:.2f}, recomputed {made:.2f}"
        for row in systems
        if (made := macro_average(row.rates)) is not None and abs(row.average - made) > _ROUNDING
    ]
    listed = "; ".join(apart) or "none"
    return f"Printed averages that differ by more than rounding explains: {listed}."


def _latency_table() -> Table:
    rows = [
        [row.system, f"{row.mean:.4f}", f"{row.deviation:.4f}"] for row in published_latencies()
    ]
    return Table(
        title=f"Published in {SOURCE}: latency, seconds a sample",
        header=["system", "latency", "deviation"],
        rows=rows,
        notes=[f"Published figures, not made here: on {LATENCY_DEVICE}."],
    )
