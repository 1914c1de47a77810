"""Curves of error over budgets, and where two cross: by hand, and in the tables of a study."""

import math
from pathlib import Path

import pytest

from plion.results.budgets.crossings import Rivalry, told_compatible, told_crossings
from plion.results.budgets.curves import curves
from plion.results.reading.collect import read_studies
from plion.results.request import Request
from plion.results.results import results
from plion.scoring.statistics.estimate import Interval

BUDGETS = (1.0, 2.0, 4.0)


def interval(estimate: float, half: float = 1.0) -> Interval:
    return Interval(estimate, estimate - half, estimate + half, half / 2, 10.0, 40.0, 0.5)


def rivalry(*differences: float | None, half: float = 1.0) -> Rivalry:
    found = [None if one is None else interval(one, half) for one in differences]
    return Rivalry("b - a", "macro", dict(zip(BUDGETS, found, strict=True)))


def told(one: Rivalry) -> tuple[str, str]:
    return told_crossings(one, BUDGETS), told_compatible(one, BUDGETS)


def test_a_crossing_is_where_the_difference_changes_its_sign_in_log_budget() -> None:
    found = rivalry(3.0, -1.0, -2.0)
    assert found.crossings == pytest.approx([2**0.75])
    # The interval's lower end is 0 halfway, its upper end at 2, where it stays.
    assert found.compatible == [pytest.approx((2**0.5, 2.0))]
    assert told(found) == ("1.68", "1.41 to 2")


def test_an_interval_may_go_on_outside_of_the_budgets_and_says_so() -> None:
    assert told(rivalry(3.0, -0.5, 0.25, half=1.0)) == ("1.81, 3.17", "1.49 to above 4")
    assert told(rivalry(0.5, 3.0, 4.0)) == ("not within 1 to 4", "below 1 to 1.15")
    assert told(rivalry(2.0, 3.0, 4.0)) == ("not within 1 to 4", "none")


def test_two_places_are_told_apart() -> None:
    assert told(rivalry(0.0, 5.0, -5.0))[1] == "below 1 to 1.15 or 2.64 to 3.03"


def test_across_a_missing_budget_nothing_is_said() -> None:
    assert told(rivalry(3.0, None, -3.0)) == ("not within 1 to 4, as far as known", "")


def test_a_difference_of_zero_is_no_crossing_unless_the_sign_changes() -> None:
    assert rivalry(1.0, 0.0, 1.0).crossings == []
    assert rivalry(1.0, 0.0, -1.0).crossings == [2.0]
    assert rivalry(0.0, 1e-13, -1e-13).crossings == []


@pytest.fixture
def several(runs) -> Path:
    """Two samplers at three budgets with two seeds: balanced is better at 1 hour and worse at 4."""
    wrong = {"proportional": {1: 4, 2: 3, 4: 1}, "balanced": {1: 3, 2: 2, 4: 2}}
    cells, seeds = {}, {}
    for sampler, own in wrong.items():
        for budget, errors in own.items():
            for seed in (0, 1):
                name = f"mini-{sampler}-{budget}-s{seed}"
                # One utterance in four has an error more, in one seed another than in the other.
                runs.write(
                    name,
                    lambda key, number, errors=errors, seed=seed: errors + (number % 4 == seed),
                    steps=(100 if sampler == "proportional" else 150) * budget,
                    supervised_tokens=5000 * budget,
                    audio_hours_trained=float(budget),
                    train_seconds=60.0 * budget,
                    audio_seconds_per_second=60.0,
                    cost=3.0 * budget,
                    trunk_hours=None if budget == 4 else budget * 2 / 3,
                    trunk_seconds=None if budget == 4 else 40.0 * budget,
                )
                cells[name] = {"sampler": sampler, "budget": str(budget)}
                seeds[name] = seed
    axes = {"sampler": list(wrong), "budget": ["1", "2", "4"]}
    return runs.ablation(axes, cells, seeds, base=None)


def test_a_curve_is_read_off_between_its_points_and_nowhere_else(several: Path) -> None:
    [study] = read_studies([several])
    proportional, balanced = curves(study)
    assert [point.rate.value for point in proportional.points if point] == [85.0, 65.0, 25.0]
    found = balanced.at("steps", 200)
    part = math.log(200 / 150) / math.log(2)
    assert found and found.value == pytest.approx(65 - 20 * part)
    first, last, *_ = balanced.points
    assert (
        first
        and last
        and found.low == pytest.approx(first.rate.low + (last.rate.low - first.rate.low) * part)
    )
    assert balanced.at("steps", 149) is None and balanced.at("steps", 601) is None
    assert balanced.at("steps", 150) is first.rate


def test_the_tables_say_what_is_read_off_and_where_they_cross(several: Path) -> None:
    text, status = results([several], Request())
    assert status == 0
    by_budget = text.partition("Error in percent by budget")[2].partition("\n\n")[0]
    rows = [line.split() for line in by_budget.splitlines() if line.startswith("balanced")]
    assert [(row[1], row[2]) for row in rows] == [("1", "65.00"), ("2", "45.00"), ("4", "45.00")]
    equal = text.partition("percent at equal steps")[2].partition("\n\n")[0]
    [balanced] = [line for line in equal.splitlines() if line.startswith("balanced")]
    assert balanced.split()[1] == "56.70" and balanced.count("~") == 2  # at 100 it has no figure
    crossing = text.partition("Where systems cross")[2].partition("\n\n")[0]
    [macro] = [line for line in crossing.splitlines() if " macro " in line]
    assert "-20.00" in macro and "+20.00" in macro and "2.83" in macro
    # Of 28 hours those of the branches' stable parts were trained once, by the trunks.
    assert "8.00 h were trained by trunks" in text
    assert "20.00 h of audio, cost 60" in text


def test_a_missing_budget_is_shown_missing(several: Path, runs) -> None:
    (runs.root / "mini-balanced-2-s0-00000000" / "run.json").unlink()
    (runs.root / "mini-balanced-2-s1-00000000" / "run.json").unlink()
    text, status = results([several], Request())
    assert status == 1
    by_budget = text.partition("Error in percent by budget")[2].partition("\n\n")[0]
    assert by_budget.count("missing") == 1
    [study] = read_studies([several])
    assert curves(study)[1].at("steps", 200) is None


def test_the_chart_has_a_panel_for_each_quantity(several: Path, tmp_path: Path) -> None:
    (tmp_path / "plots").mkdir()
    results([several], Request(plot=tmp_path / "plots", command="plion results"))
    assert (tmp_path / "plots" / "mini-curves.png").is_file()
    captions = (tmp_path / "plots" / "captions.md").read_text()
    assert "**mini-curves**: Macro average of the errors with its 95 % interval" in captions
