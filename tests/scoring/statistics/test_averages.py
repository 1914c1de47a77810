import numpy as np
import pytest

from plion.scoring.statistics.averages import (
    averages,
    by_language,
    macro_average,
    sets,
    sets_and_macro,
)

RATES = {"librispeech": 10.0, "nsc": 20.0, "slr65": 90.0}
LANGUAGES = {"librispeech": "en", "nsc": "en", "slr65": "ta"}


def test_macro_average_weighs_every_set_that_has_a_rate_the_same():
    assert macro_average(RATES | {"aishell1": None}) == 40
    assert averages(RATES, LANGUAGES)["macro"].rate == 40


def test_average_over_nothing_is_undefined():
    assert macro_average({"slr65": None}) is None
    assert averages({}, {}) == {}


def test_language_mean_weighs_every_language_the_same():
    found = by_language(RATES, LANGUAGES)
    assert {language: mean.rate for language, mean in found.items()} == {"en": 15, "ta": 90}
    assert averages(RATES, LANGUAGES)["language_mean"].rate == 52.5


def test_worst_language_is_the_one_with_the_highest_mean():
    worst = averages(RATES, LANGUAGES)["worst_language"]
    assert (worst.language, worst.rate) == ("ta", 90)


def test_spread_is_between_the_best_and_the_worst_language():
    assert averages(RATES, LANGUAGES)["spread"].rate == 75


def test_languages_are_in_the_projects_order():
    assert list(by_language({"a": 1.0, "b": 2.0}, {"a": "ms", "b": "en"})) == ["en", "ms"]


def test_one_language_is_not_spread():
    assert "spread" not in averages({"nsc": 3.0}, LANGUAGES)


def test_spread_of_equal_languages_is_still_between_two_of_them():
    found = averages(dict.fromkeys(RATES, 5.0), LANGUAGES)["spread"]
    assert found.rate == 0 and found.weights.any()


def test_there_are_no_averages_over_nothing():
    assert averages({}, {}) == {} == sets_and_macro([])


@pytest.mark.parametrize("made", [averages, by_language, sets])
def test_rates_are_the_weighted_sums_of_those_of_the_sets(made):
    rates = np.array(list(RATES.values()))
    for average in made(RATES, LANGUAGES).values():
        assert average.weights @ rates == pytest.approx(average.rate)


def test_weights_of_sets_are_their_own_and_those_of_the_macro_are_equal():
    weights = {name: own.tolist() for name, own in sets_and_macro(["a", "b"]).items()}
    assert weights == {"a": [1, 0], "b": [0, 1], "macro": [0.5, 0.5]}
