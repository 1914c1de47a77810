"""Time and money in words."""

import pytest

from plion.typesetting.amounts import cost, duration, money, paid


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (0, "0 s"), (45 / 3600, "45 s"), (1 / 60, "1.0 min"), (0.5, "30.0 min"), (1, "1.00 h"),
        (1234.5, "1,234.50 h"),
    ],
)  # fmt: skip
def test_duration_is_in_its_largest_unit(hours: float, words: str) -> None:
    assert duration(hours) == words


def test_cost_is_hours_times_price_where_both_are_known() -> None:
    assert cost(2.0, 1.5) == 3.0
    assert cost(2.0, 0.0) == 0.0
    assert cost(None, 1.5) is None and cost(2.0, None) is None


@pytest.mark.parametrize(
    ("amount", "words"),
    [(1234.567, "1,234.57"), (0.01, "0.01"), (0.000226, "0.00023"), (0, "0.00")],
)
def test_money_has_two_digits_or_those_that_count(amount: float, words: str) -> None:
    assert money(amount) == words


def test_money_that_is_not_known_is_said_to_be_so() -> None:
    assert (money(None), money(None, "?")) == ("", "?")


def test_what_is_paid_names_its_price() -> None:
    assert paid(0.5, 2.4) == "1.20 at 2.40 an hour"
    assert paid(2, 2.125) == "4.25 at 2.125 an hour"
    assert paid(0.5, 0.004) == "0.002 at 0.004 an hour"
    assert paid(0.5, None) == ""
