"""The tables that `plion results` prints, in order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from plion.errors import InputError, suggest
from plion.results.analysis.conditions import other_conditions
from plion.results.analysis.rates import run_rates
from plion.results.analysis.systems import system_rates, systems
from plion.results.budgets.tables import budget_tables
from plion.results.reading.study import VARIANT, Run, Study
from plion.results.request import TABLES, Request, TableName
from plion.results.tables.breakdowns import breakdown_table
from plion.results.tables.cost import cost_table, latency_table
from plion.results.tables.differences.effects import (
    comparison_tables,
    effects_table,
    simple_effects_table,
)
from plion.results.tables.errors import averages_table, rates_table
from plion.results.tables.faults import faults_table
from plion.results.tables.languages import (
    capped_table,
    changes_table,
    languages_table,
    second_tables,
)
from plion.results.tables.loss_weights import weights_table
from plion.results.tables.notes import profile_notes
from plion.results.tables.paper import paper_table
from plion.results.tables.published import published_tables
from plion.results.tables.seeds import seeds_table
from plion.results.tuning.tables import tuning_tables
from plion.typesetting.formats import typeset
from plion.typesetting.table import Table


def render_studies(studies: Sequence[Study], request: Request) -> str:
    """The studies as text: tables, or the contrasts of an axis, or a breakdown.

    A row is a run for the terminal (`table`), a system in other formats, as in a paper. Raises
    InputError if no study has the axis that is compared.
    """
    if request.compare:
        tables = _comparisons(studies, request.compare, intersect=request.intersect)
    elif request.by:
        tables = [_told(breakdown_table(study, request.by), study) for study in studies]
    else:
        tables = _tables(studies, request)
    if request.with_paper:
        tables += published_tables(studies)
    return typeset([table for table in tables if table.rows], request.format, request.command)


def _comparisons(studies: Sequence[Study], axis: str, *, intersect: bool) -> list[Table]:
    """The contrasts of an axis in every study that has it."""
    axes = list(dict.fromkeys(axis for study in studies for axis in _compared(study)))
    if not axes:
        raise InputError(
            f"--compare {axis}: single runs have no axes to compare along; name the folder "
            "of an ablation (runs/NAME, with its ablation.json)"
        )
    if axis not in axes:
        raise InputError(f"no axis '{axis}' in these folders {suggest(axis, axes)}")
    compared = [study for study in studies if axis in _compared(study)]
    tables = comparison_tables(compared, axis, intersect=intersect)
    return [_told(table, study) for table, study in zip(tables, compared, strict=True)]


def _compared(study: Study) -> list[str]:
    """The axes that a study can be compared along, its variants among them."""
    return [*study.axes, *([VARIANT] if study.variants else [])]


def _tables(studies: Sequence[Study], request: Request) -> list[Table]:
    """The tables asked for of every study, including those without rows."""
    conditions = other_conditions([run for study in studies for run in study.runs])
    return [
        table
        for study in studies
        for name in TABLES
        if name in request.tables
        for table in _named(name, study, conditions, request)
    ]


def _named(
    name: TableName, study: Study, conditions: Mapping[Run, str], request: Request
) -> Sequence[Table]:
    """The tables of a name."""
    intersect = request.intersect
    makers: dict[TableName, Callable[[], Sequence[Table]]] = {
        "benchmarks": lambda: _rates(study, conditions, request),
        "effects": lambda: [effects_table(study, intersect=intersect)],
        "simple": lambda: [simple_effects_table(study, intersect=intersect)],
        "tuning": lambda: tuning_tables(study),
        "budgets": lambda: budget_tables(study),
        "cost": lambda: [latency_table(study), cost_table(study)],
        "metrics": lambda: [capped_table(study), *second_tables(study)],
        "averages": lambda: [_averages(study, request), weights_table(study)],
        "languages": lambda: [languages_table(study), changes_table(study)],
        "faults": lambda: [faults_table(study)],
    }
    return makers[name]()


def _rates(study: Study, conditions: Mapping[Run, str], request: Request) -> list[Table]:
    if request.format == "table":
        return [rates_table(study, conditions), seeds_table(study)]
    return [paper_table(study, conditions, intersect=request.intersect)]


def _averages(study: Study, request: Request) -> Table:
    if request.format == "table":
        named = [(run.title, run_rates(study, run)) for run in study.runs if run.scores]
    else:
        named = [(system.name, system_rates(study, system)) for system in systems(study)]
    return averages_table(study, named)


def _told(table: Table, study: Study) -> Table:
    """Adds notes on metric and profile to a table that is printed alone."""
    return replace(table, notes=[*table.notes, *profile_notes(study)])
