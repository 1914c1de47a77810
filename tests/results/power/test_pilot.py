"""What finished runs say of the variances of a planned study."""

from typing import Any

import numpy as np
import pytest

from plion.errors import InputError
from plion.results.analysis.effects import effects
from plion.results.power.pilot import foresee, read_pilot, seconds_per_amount
from plion.results.reading.collect import read_studies
from plion.results.reading.study import Run, Study


def two_samplers(runs: Any, seeds: int, cells: str = "pb", **record: Any) -> Study:
    """Samplers under some seeds, which chance alone tells apart."""
    runs.utterances = 40
    names = [f"{name}{seed}" for name in cells for seed in range(seeds)]
    for place, name in enumerate(names):
        drawn = np.random.default_rng(place).integers(4, size=(12, 40))
        runs.write(
            name, lambda key, number, d=drawn: int(d[runs.keys.index(key), number]), **record
        )
    labels = {name: {"sampler": name[0]} for name in names}
    of = {name: int(name[1:]) for name in names}
    [study] = read_studies([runs.ablation({"sampler": list(cells)}, labels, of, base=None)])
    return study


def planned(axes: dict[str, tuple[str, ...]], cells: list[dict[str, str]]) -> Study:
    runs = tuple(Run(str(place), labels=labels) for place, labels in enumerate(cells))
    return Study("planned", "mini12", runs, axes=axes)


def test_of_its_own_cells_and_seeds_the_variance_is_that_of_the_effect(runs: Any) -> None:
    study = two_samplers(runs, 3)
    foreseen = foresee(study, read_pilot(study, "runs/mini"))
    found = [one for one in effects(study) if one.interval]
    assert [(one.names[0], one.on) for one in foreseen] == [(one.name, one.on) for one in found]
    for one, effect in zip(foreseen, found, strict=True):
        assert one.parts and effect.interval
        variance = one.parts.over_seeds(3) + one.parts.floor
        assert max(variance, one.parts.over_seeds(3)) == pytest.approx(effect.interval.error**2)


def test_cells_that_the_pilot_lacks_are_as_far_apart_as_its_pairs_are(runs: Any) -> None:
    pilot = read_pilot(two_samplers(runs, 2, "pqr"), "runs/mini")
    labels = [{"rate": label} for label in "abcd"]
    foreseen = foresee(planned({"rate": tuple("abcd")}, labels), pilot)
    assert [len(one.names) for one in foreseen] == [3] * 5  # alike in all that is known
    own = foresee(planned({"sampler": tuple("pqr")}, [{"sampler": one} for one in "pqr"]), pilot)
    other = foresee(planned({"sampler": tuple("qr")}, [{"sampler": one} for one in "qr"]), pilot)
    pairs = [one.parts for one in (*own, *other) if one.on == "macro"]
    floors = [parts.floor for parts in pairs if parts]
    assert len(floors) == 3
    general = foreseen[0].parts
    assert general and general.cells == 4 and general.squares == (1.0, 1.0)
    assert min(floors) <= general.floor <= max(floors)


def test_cells_of_other_budgets_do_not_estimate_the_variance_over_seeds(runs: Any) -> None:
    pilot = read_pilot(two_samplers(runs, 2), "runs/mini")
    budgets = ("0.5", "1", "2")
    cells = [{"rate": rate, "budget": own} for rate in "ab" for own in budgets]
    foreseen = foresee(planned({"rate": ("a", "b"), "budget": budgets}, cells), pilot)
    assert {one.names[0] for one in foreseen} == {"rate: b - a (at budget 2)"}
    assert [one.parts.cells for one in foreseen if one.parts] == [2] * 5


def test_without_a_second_seed_or_cell_it_says_what_to_do(runs: Any) -> None:
    study = two_samplers(runs, 1)
    with pytest.raises(InputError, match="finish a second seed of one cell or more, or name"):
        read_pilot(study, "runs/mini")
    lone = Study("a", "mini12", tuple(run for run in study.runs if run.labels["sampler"] == "p"))
    with pytest.raises(InputError, match="^runs/a has no two finished cells that were tested"):
        read_pilot(lone, "runs/a")


def test_a_pilots_pace_is_known_in_the_quantity_that_it_was_held_to(runs: Any) -> None:
    held = {"quantity": "audio_hours", "amount": 0.5}
    pilot = read_pilot(two_samplers(runs, 2, train_seconds=60.0, hold=held), "runs/mini")
    assert seconds_per_amount(pilot, "audio_hours") == pytest.approx(120)
    assert seconds_per_amount(pilot, "steps") is None
