"""What metrics count in a normalised text."""

import pytest

from plion.errors import InputError
from plion.text.metrics import METRICS, check_metric


@pytest.mark.parametrize(
    ("metric", "text", "units"),
    [
        ("wer", " the  cat sat", ["the", "cat", "sat"]),
        ("wer", "the\u2423cat", ["the", "cat"]),  # a profile that shows spaces
        ("cer", "மொ ழி", ["ம", "ொ", "ழ", "ி"]),
        ("gcer", "மொழி யில்", ["மொ", "ழி", "யி", "ல்"]),
        ("mer", "我要 take the 巴士lah", ["我", "要", "take", "the", "巴", "士", "lah"]),
        ("mer", "我要\u2423take\u2423it", ["我", "要", "take", "it"]),
    ],
)
def test_units_are_those_of_the_metric(metric: str, text: str, units: list[str]) -> None:
    assert list(METRICS[metric].tokens(text)) == units


@pytest.mark.parametrize("metric", METRICS)
def test_nothing_is_counted_in_an_empty_text(metric: str) -> None:
    assert METRICS[metric].tokens("") in ([], "")


def test_an_unknown_metric_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"unknown metric 'cerr' \(did you mean 'cer'\?\)"):
        check_metric("cerr")
