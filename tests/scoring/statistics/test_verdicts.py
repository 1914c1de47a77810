"""How often equal systems are told apart, and true differences found: `make bench` says more.

Studies are simulated (`simulated_studies`) and compared by the code that `plion results` uses.
"""

import numpy as np
import pytest
from simulated_studies import SHIFT, pair, starred, study

REPETITIONS = 200
ERROR = 3 * 100 * np.sqrt(0.05 * 0.95 / REPETITIONS)


@pytest.mark.parametrize("seeds", [[2, 2], [3, 3], [2] * 6])
def test_equal_cells_are_told_apart_in_five_of_a_hundred(seeds):
    assert starred(seeds, REPETITIONS) <= 5 + ERROR


def test_seeds_of_all_cells_together_find_what_those_of_two_do_not():
    seeds = [2] * 6
    assert starred(seeds, 60, SHIFT) > starred(seeds, 60, SHIFT, before=True) + 40


def test_simulated_seeds_and_utterances_vary_as_those_measured_do():
    one, many = [], []
    for number in range(100):
        samples = study(np.random.default_rng(number), [2, 2])
        many.append(np.mean([sample.rates for sample in samples], axis=0)[:2])
        one.append(
            pair(
                [type(s)(s.key, s.errors[[0, 2]], s.lengths, s.clusters) for s in samples],
                [1, 1],
                10,
            )
        )
    assert np.sqrt(np.var(many, axis=1, ddof=1).mean()) == pytest.approx(0.41, abs=0.06)
    assert np.mean([found.error for found in one]) == pytest.approx(0.44, abs=0.05)
    assert {found.decides for found in one} == {False}
