from dataclasses import astuple

import numpy as np
import pytest
from scipy import stats
from simulated import by_seed, by_speaker, named, of_seeds

from plion.scoring.statistics.bootstrap import Sample
from plion.scoring.statistics.estimate import ONE_SEED, SEEDS, UTTERANCES
from plion.scoring.statistics.intervals import contrast, interval, intervals
from plion.scoring.statistics.resampled import resample
from plion.scoring.statistics.seeds import FIXED


def centred(cells):
    """Coefficients of each system's difference from its cell's mean, (systems, systems)."""
    same = cells[:, None] == cells
    return np.eye(len(cells)) - same / same.sum(axis=1)


def sample(key="a", utterances=200, systems=1, seed=0, mean=2.0):
    rng = np.random.default_rng(seed)
    errors = rng.poisson(mean, size=(systems, utterances))
    return Sample(key, errors, rng.integers(5, 15, size=utterances))


def figures(found):
    return [one for one in astuple(found) if isinstance(one, float)]


def width(found):
    return found.high - found.low


@pytest.mark.parametrize("cells", [None, [0, 0, 1, 1, FIXED]])
@pytest.mark.parametrize("held", [4_000_000, 2000])  # all are drawn at once, or one at a time
def test_figures_asked_for_together_are_those_asked_for_alone(cells, held, monkeypatch):
    monkeypatch.setattr("plion.scoring.statistics.intervals.CELLS", held)
    drawn = resample([sample("a", systems=5), sample("b", 20, 5, seed=1)], cells=cells)
    averages = np.array([[0.5, 0.5], [0, 1], [1, -1]])
    contrasts = np.array([[1, 0, 0, 0, 0], [1, 0, -1, 0, 0], [0.5, 0.5, 0, 0, -1], [0] * 5])
    for one, found in zip(contrasts, intervals(drawn, averages, contrasts), strict=True):
        for weights, own in zip(averages, found, strict=True):
            alone = interval(drawn, weights, one)
            assert figures(own) == pytest.approx(figures(alone))
            assert (own.over, own.pooled) == (alone.over, alone.pooled)


def test_same_seed_gives_the_same_interval():
    assert contrast([sample()], seed=1) == contrast([sample()], seed=1)


def test_another_seed_gives_another_interval():
    assert contrast([sample()], seed=1).low != contrast([sample()], seed=2).low


def test_interval_of_one_set_is_as_wide_as_theory_says():
    one = sample(utterances=400)
    residuals = one.errors[0] - one.lengths * one.errors.sum() / one.lengths.sum()
    standard_error = 100 * np.sqrt((residuals**2).sum()) / one.lengths.sum()
    found = contrast([one], replicates=4000)
    assert width(found) == pytest.approx(2 * 1.96 * standard_error, rel=0.06)
    assert found.error == pytest.approx(standard_error, rel=0.01)


def test_clusters_of_like_utterances_make_it_wider():
    one = by_speaker(np.random.default_rng(0), 60)
    alone = Sample(one.key, one.errors, one.lengths)
    assert width(contrast([one])) > 1.5 * width(contrast([alone]))


def test_macro_interval_shrinks_with_the_number_of_sets():
    sets = [sample(str(number), seed=number) for number in range(9)]
    widths = [width(contrast([one])) for one in sets]
    assert width(contrast(sets)) == pytest.approx(np.mean(widths) / 3, rel=0.15)


def test_macro_estimate_is_the_unweighted_mean_of_the_sets():
    small = Sample("a", np.array([[1, 1]]), np.array([10, 10]))
    large = Sample("b", np.array([[30] * 50]), np.array([100] * 50))
    assert contrast([small, large]).estimate == pytest.approx(20)


def test_weights_choose_the_sets():
    drawn = resample([sample("a"), sample("b", seed=1)])
    one = interval(drawn, np.array([0.0, 1.0]), (1.0,))
    assert one == contrast([sample("b", seed=1)])


def test_difference_of_a_system_with_itself_is_zero():
    one = sample()
    found = contrast([Sample("a", np.vstack([one.errors, one.errors]), one.lengths)], (1, -1))
    assert (found.estimate, found.known, found.alike, found.p) == (0, False, True, 1)


def test_pairing_removes_the_difficulty_that_two_systems_share():
    one = sample(utterances=300, mean=4)
    harder = one.errors.copy()
    harder[0, ::10] += 1
    found = contrast([Sample("a", np.vstack([harder, one.errors]), one.lengths)], (1, -1))
    assert found.low > 0
    assert width(found) < width(contrast([one])) / 3


def test_interaction_is_the_difference_of_two_differences():
    lengths = np.full(50, 10)
    systems = [np.full(50, errors) for errors in (5, 3, 4, 1)]
    found = contrast([Sample("a", np.vstack(systems), lengths)], (1, -1, -1, 1))
    assert found.estimate == pytest.approx(-10)


def test_p_is_at_most_a_twentieth_where_the_interval_leaves_zero_out():
    rng = np.random.default_rng(0)
    for shift in np.linspace(-0.4, 0.4, 21):
        one = by_speaker(rng, 40, (-1.5, -1.5 + shift))
        found = contrast([one], (1, -1), replicates=4000)
        assert (found.p <= 0.05) == (not found.low <= 0 <= found.high)


def test_visible_difference_is_one_that_four_of_five_comparisons_find():
    found = contrast([sample(systems=2)], (1, -1))
    missed = stats.norm.cdf((1.96 * found.error - found.visible) / found.error)
    assert missed == pytest.approx(0.2, abs=0.01)


def few(clusters):
    rng = np.random.default_rng(1)
    return by_speaker(rng, clusters, (-1.5, -1.2))


@pytest.mark.parametrize(("clusters", "marked"), [(29, True), (30, False)])
def test_fewer_than_thirty_clusters_are_marked(clusters, marked):
    assert contrast([few(clusters)], (1, 0)).few is marked


@pytest.mark.parametrize("coefficients", [(1, 0), (1, -1)])
def test_with_few_clusters_the_interval_is_students_with_the_jackknifes_error(coefficients):
    one = few(20)
    contrasted = np.array(coefficients) @ one.errors
    totals = np.bincount(one.clusters.codes, contrasted)
    lengths = np.bincount(one.clusters.codes, one.lengths)
    without = (totals.sum() - totals) / (lengths.sum() - lengths)
    rate = totals.sum() / lengths.sum()
    error = 100 * np.sqrt(19 / 20 * ((without - rate) ** 2).sum())
    found = contrast([one], coefficients)
    assert (found.freedom, found.clusters) == (19, 20)
    assert found.error == pytest.approx(error)
    assert (found.low, found.high) == pytest.approx(stats.t.interval(0.95, 19, 100 * rate, error))
    assert found.p == pytest.approx(2 * stats.t.sf(abs(100 * rate) / error, 19))


def test_average_of_sets_with_few_clusters_rests_on_more():
    sets = [by_speaker(np.random.default_rng(n), 20, key=str(n)) for n in range(3)]
    found = contrast(sets)
    assert 20 < found.clusters < 60


def test_interval_of_one_utterance_has_no_ends():
    found = contrast([Sample("a", np.array([[1]]), np.array([4]))])
    assert (found.estimate, found.low, found.high, found.few) == (25, -np.inf, np.inf, False)


def test_figure_of_one_cluster_says_what_it_would_be_over_all_the_same():
    one = Sample("a", np.array([[1], [2]]), np.array([4]))
    assert contrast([one], (1, -1), cells=[0, 1]).over == ONE_SEED
    assert contrast([one], (1, -1)).over == UTTERANCES


@pytest.mark.parametrize(("clusters", "known"), [(2, False), (3, True)])
def test_of_fewer_than_three_clusters_there_is_no_interval(clusters, known):
    found = contrast([Sample("a", np.array([[1, 2, 5][:clusters]]), np.full(clusters, 9))])
    assert found.known is known and not found.alike


def test_clusters_that_are_alike_have_no_interval_and_count_in_an_average():
    alike = Sample("a", np.zeros((1, 40), dtype=int), np.full(40, 9))
    assert not contrast([alike]).known
    found = contrast([alike, sample("b")])
    assert found.known and found.estimate == contrast([sample("b")]).estimate / 2


def test_a_rate_has_no_end_below_zero_and_a_difference_may():
    errors = np.array([[0, 0, 0, 6], [0, 0, 1, 1]])
    one = Sample("a", errors, np.full(4, 9))
    assert contrast([one], (1, 0)).low == 0
    assert contrast([one], (1, -1)).low < 0


def test_systems_that_do_not_differ_leave_nothing_to_be_seen():
    one = sample()
    twice = Sample("a", np.vstack([one.errors, one.errors]), one.lengths)
    assert contrast([twice], (1, -1)).visible is None


def test_replicates_without_a_reference_token_are_left_out():
    lengths = np.array([0] * 39 + [2])
    found = contrast([Sample("a", np.ones((1, 40), dtype=int), lengths)])
    assert np.isfinite([found.low, found.high]).all()


def seeds(*cells, utterances=20):
    """Cells of runs that have so many errors of 100 tokens in every utterance."""
    wrong = np.concatenate(cells)
    errors = np.repeat(wrong[:, None], utterances, axis=1)
    clusters = named("speaker", np.arange(utterances), utterances)
    return Sample("a", errors, np.full(utterances, 100), clusters)


FIRST_TWO = [0, 0, 0, 1, 1, 1]


def test_over_seeds_the_estimate_is_the_mean():
    one = seeds([11, 12, 16], [10, 10, 10])
    assert contrast([one], by_seed(3), cells=FIRST_TWO).estimate == pytest.approx(3)


def test_variance_over_seeds_is_pooled_over_the_cells_of_the_difference():
    found = contrast([seeds([11, 12, 16], [9, 11, 13])], by_seed(3), cells=FIRST_TWO)
    error = np.sqrt((7 + 4) / 2 * 2 / 3)
    assert (found.over, found.seeds, found.pooled) == (SEEDS, 4, True)
    assert found.error == pytest.approx(error)
    assert (found.low, found.high) == pytest.approx(stats.t.interval(0.95, 4, 2, error))
    assert found.p == pytest.approx(2 * stats.t.sf(2 / error, 4))


def test_cells_that_are_not_compared_tell_of_the_seeds_too():
    one = seeds([11, 12, 16], [9, 11, 13], [1, 7], [3, 9])
    coefficients = np.pad(by_seed(3), (0, 4))
    found = contrast([one], coefficients, cells=[*FIRST_TWO, 2, 2, 3, 3])
    pooled = (7 * 2 + 4 * 2 + 18 + 18) / 6
    assert (found.seeds, found.estimate) == (6, pytest.approx(2))
    assert found.error == pytest.approx(np.sqrt(pooled * 2 / 3))


def test_cells_that_plainly_differ_keep_their_own_variance():
    found = contrast([seeds([10, 40, 70], [9, 10, 11])], by_seed(3), cells=FIRST_TWO)
    error, freedom = np.sqrt(900 / 3 + 1 / 3), 901**2 / (900**2 / 2 + 1 / 2)
    assert not found.pooled and found.seeds == pytest.approx(freedom)
    assert (found.low, found.high) == pytest.approx(stats.t.interval(0.95, freedom, 30, error))


def test_over_one_seed_nothing_is_decided():
    one = by_speaker(np.random.default_rng(0), 50, (-1.5, -0.5))
    trained = contrast([one], (1, -1), cells=[0, 1])
    fixed = contrast([one], (1, -1))
    assert (trained.over, trained.decides) == (ONE_SEED, False)
    assert (fixed.over, fixed.decides) == (UTTERANCES, True)
    assert (trained.low, trained.high) == (fixed.low, fixed.high)


def test_system_that_is_not_trained_adds_nothing_over_seeds():
    one = seeds([11, 12, 16], [9, 11, 13], [30])
    cells = [*FIRST_TWO, FIXED]
    found = contrast([one], [*np.repeat([0, 1 / 3], 3), -1], cells=cells)
    assert found.error == pytest.approx(np.sqrt(5.5 / 3))
    assert contrast([one], [0] * 6 + [1], cells=cells).over == UTTERANCES


def test_seeds_and_clusters_add_up_less_what_both_count():
    one = of_seeds(np.random.default_rng(3), 100, 3, between=0.2)
    alone = contrast([one], by_seed(3))  # over clusters, as if nothing were trained
    found = contrast([one], by_seed(3), cells=FIRST_TWO)
    both = sum(contrast([one], own).error ** 2 for own in centred(np.array(FIRST_TWO))) / 4 * 2 / 3
    over_seeds = one.rates.reshape(2, 3).var(axis=1, ddof=1).mean() * 2 / 3
    assert 0 < both < alone.error**2
    assert found.error**2 == pytest.approx(alone.error**2 + over_seeds - both)


def test_seeds_that_agree_do_not_hide_how_speakers_differ():
    one = by_speaker(np.random.default_rng(0), 50, (-1.5, -1.4))
    twice = Sample("a", np.repeat(one.errors, 2, axis=0), one.lengths, one.clusters)
    alone, both = contrast([one], (1, -1)), contrast([twice], by_seed(2), cells=[0, 0, 1, 1])
    assert width(both) == pytest.approx(width(alone), rel=0.1)


def test_replicates_of_many_clusters_have_the_seeds_in_them():
    one = seeds([11, 12, 16], [9, 11, 13], utterances=100)
    found = contrast([one], by_seed(3), 4000, cells=FIRST_TWO)
    low, high = stats.t.interval(0.95, 4, 2, found.error)
    assert (found.low, found.high) == pytest.approx((low, high), rel=0.05)
    assert found.low != pytest.approx(low, abs=1e-6)  # the quantiles are the replicates'


@pytest.mark.parametrize("utterances", [49, 150, 500])
@pytest.mark.parametrize("seed", range(4))
def test_one_wrong_utterance_decides_nothing(utterances, seed):
    errors = np.zeros((2, utterances), dtype=int)
    errors[0, 7] = 2
    found = contrast([Sample("a", errors, np.full(utterances, 9))], (1, -1), 2000, seed)
    assert found.p > 0.5 and found.low <= 0
