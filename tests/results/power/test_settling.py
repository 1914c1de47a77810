"""The seeds that would settle what a study leaves open."""

from collections.abc import Sequence
from typing import Any

import pytest
from seeded import seeded

from plion.results.analysis.effects import Effect, effects
from plion.results.analysis.verdicts import Verdict, effect_verdicts
from plion.results.power.settling import NOT_BY_SEEDS, more_seeds
from plion.results.tables.differences.effects import effects_table
from plion.scoring.statistics.estimate import SEEDS, Interval
from plion.scoring.statistics.power.components import Components, OfRuns
from plion.scoring.statistics.power.prediction import seeds_needed, seeds_to_bound

PARTS = Components(OfRuns(0.5, 0.5, 1.0, 0.0, 4), (1.0, 1.0), 2, 0.01, 99)


def effect(estimate: float, on: str = "macro", parts: Components | None = PARTS) -> Effect:
    found = Interval(estimate, -9, 9, 1.0, 4, 99, 0.3, SEEDS)
    return Effect(None, "b - a", on, found, seeds=2, parts=parts)  # type: ignore[arg-type]


def told(found: Sequence[Effect], margin: float | None = None, p: float = 0.3) -> list[str]:
    more = more_seeds(found, dict.fromkeys(found, Verdict(p)), margin)
    return [more.get(one, "") for one in found]


def test_an_open_difference_needs_the_seeds_that_find_one_of_its_size() -> None:
    needed = seeds_needed(PARTS, 1.5)
    assert needed
    assert told([effect(1.5)]) == told([effect(-1.5)]) == [f"+{needed - 2}"]


def test_it_is_corrected_for_those_of_its_family_that_are_open_too() -> None:
    corrected, alone = seeds_needed(PARTS, 1.5, 0.05 / 2), seeds_needed(PARTS, 1.5)
    assert corrected and alone and corrected > alone
    found = [effect(1.5), effect(1.5, "en"), effect(1.5, "zh")]
    assert told(found) == [f"+{alone - 2}", *[f"+{corrected - 2}"] * 2]


def test_what_is_below_the_margin_is_settled_by_being_shown_to_be() -> None:
    assert told([effect(0.1)]) == [NOT_BY_SEEDS]
    needed = seeds_to_bound(PARTS, 0.1, 1.0)
    assert needed
    assert told([effect(0.1)], margin=1.0) == [f"+{needed - 2}"]
    assert seeds_to_bound(PARTS, 1.1, 1.0) is None


def test_what_is_settled_or_of_unknown_variance_needs_none() -> None:
    assert told([effect(1.5)], p=0.01) == [""]
    assert told([effect(1.5, parts=None)]) == [""]
    assert more_seeds([effect(1.5)], {}, None) == {}


@pytest.mark.parametrize("seeds", [1, 2])
def test_the_table_of_effects_has_a_column_of_them_over_several_seeds(
    runs: Any, seeds: int
) -> None:
    study = seeded(runs, seeds)
    table = effects_table(study, intersect=False)
    found = effects(study)
    more = more_seeds(found, effect_verdicts(found, None), None)
    assert bool(more) == ("more seeds" in table.header) == (seeds > 1)
    assert any("More seeds: of each cell" in note for note in table.notes) == (seeds > 1)
