"""How often intervals hold the truth and tests find what is not there: `make bench` says it better.

Seeds are fixed, and bounds are three standard errors of so many repetitions.
"""

import numpy as np
import pytest
from simulated import (
    TRUE_DIFFERENCE,
    TRUE_MACRO,
    TRUE_RATE,
    by_seed,
    coverage,
    crossed,
    mean_rate,
    of_seeds,
    one_set,
    repeated,
    several_sets,
    shared,
    two_cells,
    two_systems,
    unblocked,
)

from plion.scoring.statistics.holm import holm
from plion.scoring.statistics.intervals import contrast

REPETITIONS = 300
ERROR = 3 * 100 * np.sqrt(0.05 * 0.95 / REPETITIONS)
PAIR = (1.0, -1.0)


@pytest.mark.parametrize(
    ("make", "truth", "coefficients"),
    [
        (one_set, TRUE_RATE, (1.0,)),
        (two_systems, TRUE_DIFFERENCE, PAIR),
        (several_sets, TRUE_MACRO, (1.0,)),
    ],
    ids=["one set", "difference", "macro"],
)
def test_intervals_over_a_hundred_speakers_hold_the_truth(make, truth, coefficients):
    found = repeated(REPETITIONS, lambda rng: make(rng, 100), coefficients)
    assert coverage(found, truth) == pytest.approx(95, abs=ERROR)


@pytest.mark.parametrize(
    ("make", "truth", "coefficients"),
    [(one_set, TRUE_RATE, (1.0,)), (two_systems, TRUE_DIFFERENCE, PAIR)],
    ids=["one set", "difference"],
)
def test_without_clusters_they_hold_it_visibly_less_often(make, truth, coefficients):
    found = repeated(100, lambda rng: unblocked(make(rng, 100)), coefficients)
    assert coverage(found, truth) < 80


def test_with_few_speakers_they_hold_it_somewhat_less_often():
    found = repeated(REPETITIONS, lambda rng: one_set(rng, 20))
    assert 88 < coverage(found, TRUE_RATE) < 97


def test_sentences_that_sets_share_are_seen_in_their_average():
    truth = np.mean([mean_rate(centre, np.hypot(0.6, 0.2)) for centre in (-1.5, -1.0, -0.5)])
    apart = repeated(REPETITIONS, lambda rng: unblocked(shared(rng, 100)))
    together = repeated(REPETITIONS, lambda rng: shared(rng, 100))
    assert coverage(together, truth) == pytest.approx(95, abs=ERROR)
    assert coverage(apart, truth) < 90


def test_speakers_and_sentences_both_count():
    truth = mean_rate(-1.5, np.hypot(0.6, 0.4))
    found = repeated(REPETITIONS, lambda rng: [crossed(rng, 100, 100, readers=10)])
    assert coverage(found, truth) == pytest.approx(95, abs=ERROR)


@pytest.mark.parametrize("seeds", [1, 2, 3, 5])
def test_systems_that_are_alike_are_told_apart_in_five_of_a_hundred(seeds):
    # Over one seed, what the seeds do is in nobody's interval.
    between = 0.1 if seeds > 1 else 0.0
    found = repeated(
        REPETITIONS,
        lambda rng: [of_seeds(rng, 100, seeds, between=between)],
        by_seed(seeds),
        cells=two_cells(seeds),
    )
    assert 100 * np.mean([one.p <= 0.05 for one in found]) == pytest.approx(5, abs=ERROR)


@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_seeds_that_make_no_difference_are_no_reason_to_find_more(seeds):
    found = repeated(
        REPETITIONS,
        lambda rng: [of_seeds(rng, 100, seeds)],
        by_seed(seeds),
        cells=two_cells(seeds),
    )
    assert 100 * np.mean([one.p <= 0.05 for one in found]) < 5 + ERROR


def test_none_of_many_contrasts_over_three_seeds_survives_more_often_than_it_should():
    families, contrasts = 200, 20
    found = 0
    for number in range(families):
        rng = np.random.default_rng((11, number))
        values = [
            contrast([of_seeds(rng, 20, 3, between=0.06)], by_seed(3), 1, cells=two_cells(3)).p
            for _ in range(contrasts)
        ]
        found += min(holm(values)) <= 0.05
    assert 100 * found / families < 5 + 3 * 100 * np.sqrt(0.05 * 0.95 / families)
