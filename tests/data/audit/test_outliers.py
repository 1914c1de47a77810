"""Outliers by the median: found among few values, none among values that merely vary."""

import numpy as np
import pytest

from plion.data.audit.outliers import outliers


def varied(size: int) -> np.ndarray:
    """Values that vary as durations do."""
    return np.exp(np.random.default_rng(size).normal(1.5, 0.4, size))


@pytest.mark.parametrize("size", [10, 24, 1000, 100_000])
def test_ordinary_variation_has_no_outliers(size: int) -> None:
    assert len(outliers(varied(size))) == 0


def test_the_farthest_comes_first_on_either_side() -> None:
    values = varied(24)
    values[[3, 7, 11]] = 900.0, 0.001, 90.0
    np.testing.assert_array_equal(outliers(values), [7, 3, 11])


def test_many_outliers_do_not_hide_each_other() -> None:
    values = varied(100)
    values[:30] = 1000.0
    assert set(outliers(values)) == set(range(30))


def test_equal_values_and_small_differences_are_not_outliers() -> None:
    values = np.full(50, 2.0)
    values[0] = 3.9  # without any variation every difference would be far
    assert len(outliers(values)) == 0
    values[0] = 4.1
    np.testing.assert_array_equal(outliers(values), [0])


def test_too_few_values_are_not_judged() -> None:
    assert len(outliers(np.array([1.0, 1.1, 1.2, 100.0]))) == 0


def test_what_is_zero_is_left_out() -> None:
    values = np.append(varied(24), [0.0, 0.0])
    assert len(outliers(values)) == 0
