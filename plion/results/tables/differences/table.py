"""A table of differences with intervals, and what their tests say."""

from collections.abc import Mapping, Sequence

from plion.results.analysis.effects import Effect
from plion.results.analysis.verdicts import Verdict
from plion.results.power.settling import SETTLING_NOTE, more_seeds
from plion.results.tables.differences.notes import SURVIVES, difference_notes
from plion.scoring.statistics.estimate import Interval, ends, probability
from plion.scoring.statistics.holm import LEVEL
from plion.typesetting.table import Table


def difference_table(
    title: str,
    found: Sequence[Effect],
    verdicts: Mapping[Effect, Verdict | None],
    families: str,
    *,
    margin: float | None = None,
    prefix: str = "",
) -> Table:
    """A row for each difference; `prefix` is left out of their names.

    families: what the note says of the families of tests. margin: of equivalence, in points. p
    stands only where one can be tested, a conclusion only with a margin.
    """
    own = [verdicts.get(effect) for effect in found]
    tested = any(own)
    overs = list(dict.fromkeys(effect.interval.over for effect in found if effect.interval))
    over = f" over {overs[0]}" if len(overs) == 1 else ""
    columns = {
        "contrast": [effect.name.removeprefix(prefix) for effect in found],
        "on": [effect.on for effect in found],
        "difference": [_difference(effect.interval) for effect in found],
        f"interval{over}": [_ends(effect.interval) for effect in found],
    }
    if tested:
        pairs = list(zip(found, own, strict=True))
        columns["p"] = [_p(effect.interval) if verdict else "" for effect, verdict in pairs]
        columns["Holm p"] = [_corrected(verdict) for verdict in own]
    columns[f"visible{over}"] = [_visible(effect.interval) for effect in found]
    if any(effect.contrast.possible > 1 for effect in found):
        columns["mean of"] = [_mean_of(effect) for effect in found]
    if tested and margin is not None:
        columns["conclusion"] = [verdict.conclusion if verdict else "" for verdict in own]
    more = more_seeds(found, verdicts, margin)
    if more:
        columns["more seeds"] = [more.get(effect, "") for effect in found]
    rows = [list(row) for row in zip(*columns.values(), strict=True)]
    notes = difference_notes(found, families if tested else "", margin if tested else None)
    return Table(title, list(columns), rows, [*notes, *([SETTLING_NOTE] if more else [])], words=2)


def _difference(found: Interval | None) -> str:
    return f"{found.estimate:+z.2f}" if found else ""


def _ends(found: Interval | None) -> str:
    return ends(found.low, found.high, few=found.few, sign="+") if found else ""


def _p(found: Interval | None) -> str:
    return probability(found.p) if found else ""


def _corrected(verdict: Verdict | None) -> str:
    if not verdict:
        return ""
    return probability(verdict.p) + (f" {SURVIVES}" if verdict.p <= LEVEL else "")


def _visible(found: Interval | None) -> str:
    return f"{found.visible:.2f}" if found and found.visible is not None else ""


def _mean_of(effect: Effect) -> str:
    number, possible = effect.combinations, effect.contrast.possible
    if not number or possible == 1:
        return ""
    return f"{number}" if number == possible else f"{number} of {possible}"
