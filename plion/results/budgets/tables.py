"""Tables of a study with budgets: errors by budget, at equal amounts, and where systems cross."""

from collections.abc import Sequence

from plion.results.budgets.crossings import rivalries, told_compatible, told_crossings
from plion.results.budgets.curves import (
    QUANTITIES,
    Curve,
    Point,
    budgets_of,
    curves,
    shared_quantities,
)
from plion.results.reading.study import Study
from plion.results.tables.notes import intervals_note
from plion.scoring.statistics.estimate import Interval, ends
from plion.scoring.statistics.rate import FEW_NOTE, few_note, printed
from plion.typesetting.table import Table

_READ_OFF = "~"  # marks a figure that is interpolated
_HELD = {"audio_hours": "audio_hours_trained"}  # quantities of `hold` of another name in run.json


def budget_tables(study: Study) -> list[Table]:
    """All of them; none for a study without budgets."""
    if not (budgets := budgets_of(study)):
        return []
    found = curves(study)
    quantities = [one for one in shared_quantities(found) if one in ("steps", "supervised_tokens")]
    held = str(study.hold.get("quantity", ""))
    others = [one for one in quantities if one != _HELD.get(held, held)]
    tables = [_by_budget(study, found), *(_at_equal(study, found, one) for one in others)]
    return [*tables, _crossings(study, budgets)]


def _by_budget(study: Study, found: Sequence[Curve]) -> Table:
    """A row for each system at each budget, with what it was trained on."""
    names = shared_quantities(found)
    header = ["system", "budget", "macro", *(QUANTITIES[name] for name in names)]
    rows = [
        [curve.name, label, *_cells(point, names)]
        for curve in found
        for label, point in zip(study.axes["budget"], curve.points, strict=True)
    ]
    notes = [
        f"Budgets in {study.hold.get('quantity')}; amounts are what a model was trained on, by "
        "its trunk too, and are means over seeds.",
        intervals_note(study),
        *few_note(row[2:3] for row in rows),
    ]
    return Table("Error in percent by budget", header, rows, notes)


def _cells(point: Point | None, names: Sequence[str]) -> list[str]:
    if point is None:
        return ["missing", *("" for _ in names)]
    return [printed(point.rate), *(f"{point.amounts[name]:,.4g}" for name in names)]


def _at_equal(study: Study, found: Sequence[Curve], quantity: str) -> Table:
    """Every system's error at the amounts of a quantity that the first one's points have."""
    first = found[0]
    amounts = [point.amounts[quantity] for point in first.points if point]
    header = ["system", *(f"{amount:,.6g}" for amount in amounts)]
    rows = [
        [curve.name, *(_read(curve, quantity, amount) for amount in amounts)] for curve in found
    ]
    named = QUANTITIES[quantity]
    notes = [
        f"At the {named} that {first.name} was trained on at each budget. {_READ_OFF}: read off "
        "the curve between two budgets, by interpolation in their logarithm; empty: outside of the "
        "curve, or beside a budget that is missing.",
    ]
    if any("†" in cell for row in rows for cell in row):
        notes.append(FEW_NOTE)
    return Table(f"Macro average in percent at equal {named}", header, rows, notes)


def _read(curve: Curve, quantity: str, amount: float) -> str:
    if (rate := curve.at(quantity, amount)) is None:
        return ""
    own = any(point and point.rate is rate for point in curve.points)
    return printed(rate) + ("" if own else f" {_READ_OFF}")


def _crossings(study: Study, budgets: Sequence[float]) -> Table:
    """The differences at each budget, and where they change their sign."""
    found = rivalries(study)
    header = ["difference", "on", *study.axes["budget"], "crosses at", "interval"]
    rows = [
        [
            one.name,
            one.on,
            *(_difference(own) for own in one.differences.values()),
            told_crossings(one, budgets),
            told_compatible(one, budgets),
        ]
        for one in found
    ]
    overs = dict.fromkeys(
        own.over for one in found for own in one.differences.values() if own and own.known
    )
    over = f", with 95 % intervals over {' or '.join(overs)}" if overs else ""
    notes = [
        f"Differences in points at each budget{over}. "
        "A crossing is where the difference changes its sign, by interpolation in the logarithm of "
        "the budget; its interval has all budgets at which the difference's includes 0. Neither is "
        f"looked for outside of {budgets[0]:g} to {budgets[-1]:g}: below and above say that the "
        "interval may go on there.",
    ]
    if any("†" in cell for row in rows for cell in row):
        notes.append(FEW_NOTE)
    return Table("Where systems cross", header, rows, notes, words=2)


def _difference(found: Interval | None) -> str:
    if found is None:
        return "missing"
    interval = ends(found.low, found.high, few=found.few, sign="+")
    return f"{found.estimate:+z.2f} {interval}".rstrip()
