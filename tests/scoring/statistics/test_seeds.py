import numpy as np
import pytest

from plion.scoring.statistics.seeds import EQUAL_LEVEL, FIXED, Pool, trained, unequal

ALL = np.array([0, 0, 1, 1, FIXED])


def seeds(values, cells, coefficients, both=0.0):
    """values: (systems,) of one test set, or (sets, systems) what each adds to the statistic."""
    parts = np.atleast_2d(np.array(values, dtype=float))
    by_cluster = np.full(parts.shape[1], both)
    return Pool(np.array(cells), parts, by_cluster).seeds(np.array([coefficients]))[0]


def test_seeds_that_agree_on_the_whole_vary_no_less_than_their_test_sets_do_apart():
    sides = [0.5, 0.5, -0.5, -0.5]
    whole = seeds([5.0, 5, 7, 7], [0, 0, 1, 1], sides)
    apart = seeds([[1.0, 4, 3, 3], [4.0, 1, 4, 4]], [0, 0, 1, 1], sides)  # the same sums
    assert whole.variance == 0
    assert apart.variance == pytest.approx((4.5 + 4.5) / 2 * 1)  # two squares over 2 degrees, x 1


@pytest.mark.parametrize(
    ("coefficients", "found"), [([1, 0, 0, 0, -1], True), ([0] * 4 + [1], False)]
)
def test_contrast_is_of_trained_systems_where_one_is(coefficients, found):
    assert trained(ALL, np.array(coefficients)) == found


def test_without_a_second_seed_nothing_is_known():
    assert seeds([1, 2, 3], [0, 1, FIXED], [1, -1, 0]) is None


def test_degrees_of_freedom_are_the_seeds_beyond_each_cells_first():
    found = seeds([1, 2, 3, 9, 4, 8, 7], [0, 0, 0, 1, 2, 2, FIXED], [1 / 3] * 3 + [0, 0, 0, -1])
    assert found.freedom == 3
    assert found.variance == pytest.approx((2 + 8) / 3 / 3)


@pytest.mark.parametrize("coefficients", [[1, 0, -1, 0, 0], [0.5, 0.5, -1, 0, 0], [0, 0, 1, 0, 0]])
def test_cell_of_one_seed_borrows_nothing_from_the_seeds_of_others(coefficients):
    assert seeds([1, 2, 3, 4, 6], [0, 0, 1, 2, 2], coefficients) is None


def test_variance_is_no_less_than_that_of_the_cells_compared():
    found = seeds(
        [1, 5, 9, 4, 5, 6, 7, 8, 9],
        [0] * 3 + [1] * 3 + [2] * 3,
        [1 / 3] * 3 + [-1 / 3] * 3 + [0] * 3,
    )
    assert (found.variance, found.freedom) == (pytest.approx((16 + 1) / 3), 6)


def test_what_clusters_count_too_is_pooled_alike():
    found = seeds([1, 3, 5, 7], [0, 0, 1, 1], [0.5, 0.5, -0.5, -0.5], both=0.25)
    assert (found.variance, found.both) == (2.0, pytest.approx(4 * 0.25 / 2))


def test_seeds_that_never_differ_have_no_variance():
    found = seeds([1, 1, 3, 3], [0, 0, 1, 1], [0.5, 0.5, -0.5, -0.5])
    assert (found.variance, found.freedom, found.pooled) == (0, 2, True)


@pytest.mark.parametrize("freedoms", [[1] * 6, [2, 2], [1, 4, 9]])
def test_cells_of_equal_variance_are_found_unequal_in_as_many_cases_as_stated(freedoms):
    rng = np.random.default_rng(1)
    found = [unequal(rng.chisquare(freedoms), np.array(freedoms, float)) for _ in range(3000)]
    assert np.mean(found) == pytest.approx(EQUAL_LEVEL, abs=0.006)


def test_cell_that_varies_far_more_than_others_is_found():
    rng = np.random.default_rng(1)
    of = np.full(6, 2.0)
    found = [unequal(rng.chisquare(of) * [1, 1, 1, 1, 1, 300], of) for _ in range(200)]
    assert np.mean(found) > 0.8


def test_one_cell_has_nothing_to_differ_from():
    assert not unequal(np.array([9.0]), np.array([1.0]))
