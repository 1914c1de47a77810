"""What is concluded of differences: different, equivalent, or open."""

import pytest
from scipy import stats

from plion.results.analysis.verdicts import family_verdicts
from plion.scoring.statistics.estimate import ONE_SEED, SEEDS, Interval, Over


def difference(
    estimate: float, error: float = 0.1, freedom: float = 20, over: Over = SEEDS
) -> Interval:
    half = stats.t.ppf(0.975, freedom) * error
    p = 2 * stats.t.sf(abs(estimate) / error, freedom)
    return Interval(estimate, estimate - half, estimate + half, error, freedom, 50, p, over, 6)


def concluded(*family: Interval | None, margin: float | None = 0.5) -> list[str]:
    found = family_verdicts(family, [margin] * len(family))
    return [one.conclusion if one else "" for one in found]


@pytest.mark.parametrize(
    ("estimate", "error", "found"),
    [
        (0.1, 0.1, "equivalent"),
        (0.3, 0.1, "equivalent"),  # not 0, but smaller than the margin
        (0.6, 0.1, "different"),
        (-2.0, 0.1, "different"),
        (0.4, 0.1, "different"),  # and it may be larger than the margin
        (0.1, 0.4, "open"),
    ],
)
def test_a_difference_is_one_of_three(estimate: float, error: float, found: str) -> None:
    assert concluded(difference(estimate, error)) == [found]


def test_equivalent_is_what_has_its_interval_of_90_percent_within_the_margin() -> None:
    for estimate in (0.3, 0.31, 0.32, 0.33, 0.34):
        low, high = stats.t.interval(0.9, 20, estimate, 0.1)
        within = max(-low, high) < 0.5
        assert (difference(estimate).outside(0.5) <= 0.05) == within
        assert difference(-estimate).outside(0.5) == difference(estimate).outside(0.5)


def test_without_a_margin_nothing_is_equivalent() -> None:
    assert concluded(difference(0.01), difference(1), margin=None) == ["open", "different"]


def test_each_kind_of_test_is_corrected_for_all_of_the_family() -> None:
    one, other = difference(0.32), difference(0.8)
    alone, beside = (family_verdicts(own, [0.5] * len(own))[0] for own in ([one], [one, other]))
    assert alone and beside and beside.outside == pytest.approx(2 * one.outside(0.5))
    assert (alone.conclusion, beside.conclusion) == ("equivalent", "different")


def test_what_decides_nothing_is_not_concluded_and_not_counted() -> None:
    lone = difference(3, over=ONE_SEED)
    assert concluded(lone, None, difference(0.3)) == ["", "", "equivalent"]
