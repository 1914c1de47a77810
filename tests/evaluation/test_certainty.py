import numpy as np
import pytest

from plion.evaluation import certainty
from plion.evaluation.certainty import (
    Sample,
    contrast,
    percentile_interval,
    point_rates,
    replicate_rates,
)


def sample(key="a", utterances=200, systems=1, seed=0, mean=2.0):
    rng = np.random.default_rng(seed)
    errors = rng.poisson(mean, size=(systems, utterances))
    return Sample(key, errors, rng.integers(5, 15, size=utterances))


def test_point_rates_pool_errors_over_tokens():
    rates = point_rates([Sample("a", np.array([[1, 2], [0, 6]]), np.array([4, 8]))])
    assert rates.tolist() == [[25, 50]]


def test_set_without_reference_tokens_has_no_rate():
    assert np.isnan(point_rates([Sample("a", np.array([[1]]), np.array([0]))])).all()


def test_replicates_are_resampled_pooled_rates():
    errors, lengths = np.array([[0, 4]]), np.array([4, 4])
    rates = replicate_rates([Sample("a", errors, lengths)], replicates=4000)[:, 0, 0]
    values, counts = np.unique(rates, return_counts=True)
    assert values.tolist() == [0, 50, 100]
    assert counts / 4000 == pytest.approx([0.25, 0.5, 0.25], abs=0.03)


def test_same_seed_gives_the_same_interval():
    assert contrast([sample()], seed=1) == contrast([sample()], seed=1)


def test_another_seed_gives_another_interval():
    assert contrast([sample()], seed=1).low != contrast([sample()], seed=2).low


def test_draws_of_a_set_do_not_depend_on_its_neighbours():
    alone = replicate_rates([sample("a")])
    beside = replicate_rates([sample("b", seed=1), sample("a")])
    assert np.array_equal(alone[:, 0], beside[:, 1])


def test_sets_of_one_size_are_drawn_apart():
    rates = replicate_rates([sample("a"), sample("b")])
    assert not np.array_equal(rates[:, 0], rates[:, 1])


def test_result_does_not_depend_on_how_much_is_held_at_a_time(monkeypatch):
    whole = replicate_rates([sample()], replicates=50)
    monkeypatch.setattr(certainty, "_CELLS", 200 * 7)
    assert np.array_equal(whole, replicate_rates([sample()], replicates=50))


def test_interval_of_one_set_is_as_wide_as_theory_says():
    one = sample(utterances=400)
    residuals = one.errors[0] - one.lengths * one.errors.sum() / one.lengths.sum()
    standard_error = 100 * np.sqrt((residuals**2).sum()) / one.lengths.sum()
    interval = contrast([one], replicates=4000)
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * standard_error, rel=0.06)


def test_macro_interval_shrinks_with_the_number_of_sets():
    sets = [sample(str(number), seed=number) for number in range(9)]
    macro = contrast(sets)
    widths = [contrast([one]) for one in sets]
    mean_width = np.mean([one.high - one.low for one in widths])
    assert macro.high - macro.low == pytest.approx(mean_width / 3, rel=0.15)


def test_macro_estimate_is_the_unweighted_mean_of_the_sets():
    small = Sample("a", np.array([[1]]), np.array([10]))
    large = Sample("b", np.array([[30] * 50]), np.array([100] * 50))
    assert contrast([small, large]).estimate == pytest.approx(20)


def test_difference_of_a_system_with_itself_is_zero():
    one = sample()
    twice = Sample("a", np.vstack([one.errors, one.errors]), one.lengths)
    interval = contrast([twice], (1, -1))
    assert (interval.estimate, interval.low, interval.high) == (0, 0, 0)


def test_pairing_removes_the_difficulty_that_two_systems_share():
    one = sample(utterances=300, mean=4)
    harder = one.errors.copy()
    harder[0, ::10] += 1
    paired = Sample("a", np.vstack([harder, one.errors]), one.lengths)
    difference, single = contrast([paired], (1, -1)), contrast([one])
    assert difference.low > 0
    assert difference.high - difference.low < (single.high - single.low) / 3


def test_interaction_is_the_difference_of_two_differences():
    lengths = np.full(50, 10)
    systems = [np.full(50, errors) for errors in (5, 3, 4, 1)]
    interval = contrast([Sample("a", np.vstack(systems), lengths)], (1, -1, -1, 1))
    assert interval.estimate == pytest.approx(-10)


def test_interval_covers_the_true_rate_as_often_as_it_says():
    rng = np.random.default_rng(0)
    hits = 0
    for repetition in range(400):
        one = Sample("a", rng.binomial(10, 0.2, size=(1, 100)), np.full(100, 10))
        interval = contrast([one], replicates=300, seed=repetition)
        hits += interval.low <= 20 <= interval.high
    assert 0.91 <= hits / 400 <= 0.98


def test_replicates_without_a_reference_token_are_left_out():
    rates = replicate_rates([Sample("a", np.array([[1, 1]]), np.array([0, 2]))])
    low, high = percentile_interval(rates[:, 0, 0])
    assert np.isnan(rates).any()
    assert (low, high) == (50, 100)
