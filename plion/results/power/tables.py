"""Tables and CSV of `plion plan --power`: differences that seeds find, seeds needed, and cost."""

from collections.abc import Iterator, Sequence

from plion.results.power.pilot import Foreseen, Pilot
from plion.results.power.plan import Plan
from plion.scoring.statistics.averages import MACRO
from plion.scoring.statistics.estimate import POWER
from plion.scoring.statistics.holm import LEVEL
from plion.scoring.statistics.power.components import UPPER, Components
from plion.scoring.statistics.power.prediction import MOST, seeds_needed, smallest_difference
from plion.typesetting.amounts import cost, duration, money
from plion.typesetting.formats import comma_separated
from plion.typesetting.table import Table

DIFFERENCES = (0.5, 1.0, 2.0)  # points
_NONE = "none"


def power_tables(plan: Plan, foreseen: Sequence[Foreseen], pilot: Pilot) -> list[Table]:
    """What numbers of seeds find, what is needed for the differences asked for, and the cost."""
    known = [one for one in foreseen if one.parts]
    return [
        _differences_table(plan, known, _notes(plan, foreseen, pilot)),
        _seeds_table(plan, known),
        _cost_table(plan, known),
    ]


def power_csv(plan: Plan, foreseen: Sequence[Foreseen]) -> str:
    """Both tables as CSV, with time and cost, a row a figure.

    asked: `seeds` where a number of seeds was given, and the difference (points) is what it finds;
    `difference` where seeds are needed for it. variance: over seeds, the pilot's `estimate` or its
    `upper` bound. A figure that there is none of is empty.
    """
    header = ["contrast", "on", "asked", "variance", "seeds", "difference", "runs", "hours", "cost"]
    lines = (line for one in foreseen if one.parts for line in _lines(plan, one, one.parts))
    return comma_separated(header, lines)


def _lines(plan: Plan, one: Foreseen, parts: Components) -> Iterator[list[object]]:
    for name in one.names:
        for variance, own in (("estimate", parts), ("upper", parts.upper)):
            found: list[tuple[str, int | None, float | None]] = [
                ("seeds", seeds, smallest_difference(own, seeds) if seeds > 1 else None)
                for seeds in plan.numbers
            ]
            found += [("difference", seeds_needed(own, asked), asked) for asked in plan.differences]
            for asked, seeds, difference in found:
                runs = None if seeds is None else plan.runs_of(seeds)
                hours = None if seeds is None else plan.hours_of(seeds)
                yield [
                    *(name, one.on, asked, variance, seeds, _rounded(difference)),
                    *(runs, _rounded(hours), _rounded(cost(hours, plan.price))),
                ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _differences_table(plan: Plan, known: Sequence[Foreseen], notes: Sequence[str]) -> Table:
    numbers = [f"{seeds}{' (own)' if seeds == plan.seeds else ''}" for seeds in plan.numbers]
    rows = [
        [*_named(one), *(_smallest(one.parts, seeds) for seeds in (*plan.numbers, None))]
        for one in known
        if one.parts
    ]
    title = (
        f"{plan.name}: the smallest true difference, in points, that a number of seeds of each "
        f"cell finds with a probability of {100 * POWER:g} %"
    )
    return Table(title, ["contrast", "on", *numbers, "any"], rows, notes, words=2)


def _smallest(parts: Components, seeds: int | None) -> str:
    if seeds == 1:
        return _NONE
    if seeds is None:
        return f"{smallest_difference(parts, None):.2f}"
    estimate, upper = (smallest_difference(own, seeds) for own in (parts, parts.upper))
    return f"{estimate:.2f} ({upper:.2f})"


def _seeds_table(plan: Plan, known: Sequence[Foreseen]) -> Table:
    rows = [
        [*_named(one), *(_needed(one.parts, asked) for asked in plan.differences)]
        for one in known
        if one.parts
    ]
    header = ["contrast", "on", *(f"{asked:g}" for asked in plan.differences)]
    title = (
        "Seeds of each cell that find a true difference of so many points with a probability of "
        f"{100 * POWER:g} %"
    )
    notes = []
    if any(_NONE in cell for row in rows for cell in row[2:]):
        notes.append(
            f"{_NONE}: no number of seeds up to {MOST:,} finds it on these test sets; only more "
            "test utterances would."
        )
    return Table(title, header, rows, notes, words=2)


def _needed(parts: Components, difference: float) -> str:
    estimate, upper = (seeds_needed(own, difference) for own in (parts, parts.upper))
    if estimate is None:
        return _NONE
    return f"{estimate} ({_NONE if upper is None else upper})"


def _cost_table(plan: Plan, known: Sequence[Foreseen]) -> Table:
    """Time and cost by number of seeds: of those shown and those that the macro average needs."""
    parts = [one.parts for one in known if one.on == MACRO and one.parts]
    both = [own for one in parts for own in (one, one.upper)]
    needed = [seeds_needed(own, asked) for own in both for asked in plan.differences]
    rows = []
    for seeds in sorted({*plan.numbers, *filter(None, needed)}):
        hours = plan.hours_of(seeds)
        told = "?" if hours is None else duration(hours)
        amount = money(cost(hours, plan.price), "?")
        rows.append([str(seeds), f"{plan.runs_of(seeds):,}", told, amount])
    notes = ["Time and cost are those of training alone, of all runs, finished ones among them."]
    if plan.trials:
        notes.append(f"{plan.trials:,} of the runs tune the arms, once for any number of seeds.")
    if plan.hours is None:
        notes.append(
            "?: no run of the pilot recorded a time of training and what it was held to in "
            "the same quantity."
        )
    elif plan.price is None:
        notes.append("?: set trainer.price_per_hour in the base experiment for the cost.")
    return Table("Time and cost", ["seeds", "runs", "training", "cost"], rows, notes)


def _named(one: Foreseen) -> tuple[str, str]:
    more = len(one.names) - 1
    return one.names[0] + (f", and {more} alike" if more else ""), one.on


def _notes(plan: Plan, foreseen: Sequence[Foreseen], pilot: Pilot) -> list[str]:
    notes = [
        f"Variances of {len(pilot.runs)} runs in {pilot.cells} cells of {pilot.study.label}: over "
        f"seeds with {pilot.freedom} degrees of freedom. In brackets: at the upper "
        f"{100 * UPPER:g} % bound of the variance over seeds, which these leave uncertain.",
        "any: no number of seeds finds less on these test sets. How differently cells do from one "
        "cluster of utterances to another does not shrink with seeds (0.00: these runs show none).",
        "One seed of each cell finds no difference, as it does not show how seeds vary.",
        f"Differences are tested two-sided at p {LEVEL}, without a correction for their number.",
    ]
    held = "{quantity} {amount:g}".format_map(pilot.study.hold) if pilot.study.hold else ""
    if held != plan.hold:
        notes.append(
            f"Runs of {pilot.study.label} were held to {held or 'amounts of their own'}, those of "
            f"{plan.name} to {plan.hold or 'amounts of their own'}, and may vary otherwise."
        )
    if differing := pilot.differing:
        notes.append(
            f"The pilot's cells plainly differ in their variance over seeds on "
            f"{', '.join(differing)}: differences that it has are foreseen at that of their own "
            "cells, others at the mean of all."
        )
    if unknown := dict.fromkeys(one.on for one in foreseen if not one.parts):
        notes.append(f"Too few clusters of test utterances for an interval: {', '.join(unknown)}.")
    return notes
