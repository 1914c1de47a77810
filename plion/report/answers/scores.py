"""Validation errors beside test errors, of every cell."""

from collections.abc import Iterator, Mapping
from statistics import fmean

from plion.report.answers.answer import Answer
from plion.report.records.facts import Facts, distinct
from plion.results.analysis.systems import System, mean_rates, system_rates
from plion.results.reading.study import Run
from plion.results.tables.notes import reading_notes
from plion.scoring.statistics.averages import MACRO, macro_average
from plion.scoring.statistics.rate import few_note, printed
from plion.typesetting.table import Table


def answer_scores(facts: Facts) -> Answer:
    """Each cell's error on every set: in validation and in test, means over its seeds."""
    if facts.search:
        return Answer(["A search has validation errors alone, which are above, of every trial."])
    keys = distinct(key for one in facts.systems for key in mean_rates(one))
    validated = [one for one in facts.trained if _validation(one)]
    tables = [_macros(facts), *([_sets(facts, keys)] if validated else [])]
    without = [run.name for run in facts.trained if run not in validated]
    missing = []
    if without:
        missing.append(
            f"validation errors: {len(without)} of {len(facts.trained)} runs have none "
            "(`trainer.validations=0`, or an earlier plion)"
        )
    return Answer(list(_selection(facts)), tables, missing)


def _selection(facts: Facts) -> Iterator[str]:
    kinds = distinct(run.record.selected.kind for run in facts.trained if run.record.selected)
    for kind in kinds:
        which = "" if len(kinds) == 1 else f" ({_of(facts, kind)})"
        if kind == "last":
            yield f"The weights at the end of training were tested{which}, not a chosen checkpoint."
        else:
            yield (
                f"Of each run, the checkpoint with the lowest macro average of validation errors "
                f"was tested{which}; no test set had a part in it."
            )


def _of(facts: Facts, kind: str) -> str:
    runs = [one.name for one in facts.trained if one.record.selected]
    own = [one.name for one in facts.trained if one.record.selected.kind == kind]  # type: ignore[union-attr]
    return f"{len(own)} of {len(runs)} runs"


def _macros(facts: Facts) -> Table:
    rows = [
        [
            one.name,
            str(len(one.runs)),
            _figure(_mean_macro(one)),
            printed(system_rates(facts.study, one).get(MACRO)),
            one.coverage,
        ]
        for one in facts.systems
    ]
    header = ["cell", "seeds", "validation", "test", "n"]
    notes = reading_notes(facts.study)[:1] + few_note([row[3]] for row in rows)
    return Table("Macro average of errors, percent", header, rows, notes)


def _sets(facts: Facts, keys: list[str]) -> Table:
    """Both errors of each cell on each set."""
    rows = []
    for one in facts.systems:
        validation, test = _validation_means(one), mean_rates(one)
        both = ((_figure(validation.get(key)), _figure(test.get(key))) for key in keys)
        rows.append([one.name, *(" / ".join(pair) for pair in both)])
    title = "Errors by set, percent, validation / test, means over seeds"
    return Table(title, ["cell", *keys], rows)


def _validation(run: Run) -> Mapping[str, float]:
    """Validation errors of the weights that were tested, by set, in percent."""
    found: Mapping[str, float] = (run.record.validation or {}).get("benchmarks") or {}
    return found


def _validation_means(system: System) -> dict[str, float]:
    """Means over seeds, of the sets that all of them have."""
    own = [_validation(run) for run in system.runs]
    keys = [key for key in own[0] if all(key in one for one in own)]
    return {key: fmean(one[key] for one in own) for key in keys}


def _mean_macro(system: System) -> float | None:
    return macro_average(_validation_means(system))


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
