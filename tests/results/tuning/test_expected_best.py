from itertools import product
from statistics import fmean

import numpy as np
import pytest

from plion.results.tuning.expected_best import expected_best


@pytest.mark.parametrize("count", [1, 2, 5, 7])
def test_it_is_the_mean_over_all_draws_with_replacement(count: int) -> None:
    errors = list(np.random.default_rng(count).lognormal(3, 0.5, count))
    found = expected_best(errors)
    assert len(found) == count
    for k, expected in enumerate(found, 1):
        brute = fmean(min(drawn) for drawn in product(errors, repeat=k))
        assert expected == pytest.approx(brute, abs=1e-9)


def test_equal_errors_are_expected_as_they_are() -> None:
    assert expected_best([12.5] * 4) == pytest.approx([12.5] * 4, abs=1e-9)


def test_it_falls_with_every_trial_and_stays_above_the_best() -> None:
    found = expected_best([30.0, 10.0, 20.0])
    assert found == sorted(found, reverse=True) and found[-1] > 10.0
