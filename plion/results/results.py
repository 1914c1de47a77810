"""`plion results`: reads run folders, writes results.csv, prints tables and effects."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from plion.errors import READ_ONLY, InputError, sentence, suggest
from plion.results.analysis.rates import run_rates
from plion.results.analysis.systems import system_rates, systems
from plion.results.csv_rows import tidy, write_csv
from plion.results.reading.collect import read_studies
from plion.results.reading.study import Study
from plion.results.tables.breakdowns import By, breakdown_table
from plion.results.tables.effects import comparison_tables, effects_tables, seeds_table
from plion.results.tables.errors import (
    averages_table,
    cost_table,
    latency_table,
    other_conditions,
    profile_notes,
    rates_table,
)
from plion.results.tables.languages import (
    capped_table,
    changes_table,
    languages_table,
    second_tables,
)
from plion.results.tables.loss_weights import weights_table
from plion.results.tables.paper import paper_table
from plion.results.tables.published import published_tables
from plion.results.tables.transcripts import faults_table
from plion.typesetting.formats import Format, typeset
from plion.typesetting.table import Table


def results(
    dirs: Sequence[str | Path],
    format: Format = "table",
    compare: str | None = None,
    *,
    with_paper: bool = False,
    strict: bool = False,
    intersect: bool = False,
    by: By | None = None,
    plot: Path | None = None,
    command: str = "",
) -> tuple[str, int]:
    """Returns the text to print and the exit status: 1 if a run has no figures.

    Writes `results.csv` into the first folder. A failure to write is reported on standard error;
    the status is then 2, unless the folder is read-only for this user. `compare` replaces the
    tables by the contrasts of that axis; `with_paper` adds published rows; `strict` refuses runs
    made under different conditions; `intersect` compares runs tested on different utterances on
    those they share; `by` replaces the tables by a breakdown; `plot` is a folder for charts.
    `command` is recorded in tables and charts as their creator.
    """
    if by and intersect:
        raise InputError("--intersect applies to comparisons, not to --by; leave one of them out")
    studies = read_studies(dirs)
    runs = [run for study in studies for run in study.runs]
    if strict and (differing := other_conditions(runs)):
        listed = "; ".join(f"{run.name} has {words}" for run, words in differing.items())
        raise InputError(f"not made under the same conditions: {listed}")
    text = render_results(
        studies, format, compare, with_paper=with_paper, intersect=intersect, by=by, command=command
    )
    status = int(not all(run.scores for run in runs))
    try:
        write_csv(tidy(studies), Path(dirs[0]) / "results.csv")
    except (InputError, OSError) as error:
        if (told := sentence(error)) is None:
            raise
        print(f"plion: results.csv is not written: {told}", file=sys.stderr)
        if not (isinstance(error, OSError) and error.errno in READ_ONLY):
            status = 2
    if plot:
        from plion.results.plots.all import (
            plot_studies,  # matplotlib takes longer than the tables
        )

        plot_studies(studies, plot, command)
    return text, status


def render_results(
    studies: Sequence[Study],
    format: Format = "table",
    compare: str | None = None,
    *,
    with_paper: bool = False,
    intersect: bool = False,
    by: By | None = None,
    command: str = "",
) -> str:
    """The studies as text: tables, or the contrasts of an axis, or a breakdown.

    A row is a run for the terminal (`table`), a system in other formats, as in a paper. Raises
    InputError if no study has the axis `compare`.
    """
    if compare:
        axes = list(dict.fromkeys(axis for study in studies for axis in study.axes))
        if not axes:
            raise InputError(
                f"--compare {compare}: single runs have no axes to compare along; name the folder "
                "of an ablation (runs/NAME, with its ablation.json)"
            )
        if compare not in axes:
            raise InputError(f"no axis '{compare}' in these folders {suggest(compare, axes)}")
        compared = [study for study in studies if compare in study.axes]
        tables = [
            _told(table, study)
            for table, study in zip(
                comparison_tables(compared, compare, intersect=intersect), compared, strict=True
            )
        ]
    elif by:
        tables = [_told(breakdown_table(study, by), study) for study in studies]
    else:
        conditions = other_conditions([run for study in studies for run in study.runs])
        tables = []
        for study, effects in zip(
            studies, effects_tables(studies, intersect=intersect), strict=True
        ):
            if format == "table":
                tables += [rates_table(study, conditions), seeds_table(study)]
                named = [(run.title, run_rates(study, run)) for run in study.runs if run.scores]
            else:
                tables.append(paper_table(study, conditions, intersect=intersect))
                named = [(system.name, system_rates(study, system)) for system in systems(study)]
            tables += [effects, latency_table(study)]
            tables += [cost_table(study), capped_table(study), *second_tables(study)]
            tables.append(averages_table(study, named))
            tables += [weights_table(study), languages_table(study), changes_table(study)]
            tables.append(faults_table(study))
    if with_paper:
        tables += published_tables(studies)
    return typeset([table for table in tables if table.rows], format, command)


def _told(table: Table, study: Study) -> Table:
    """A table that is printed alone, with notes on its metric and profile."""
    return replace(table, notes=[*table.notes, *profile_notes(study)])
