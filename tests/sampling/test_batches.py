"""The composer: nothing lost, nothing over the budget, little padding."""

import numpy as np
import pytest

from plion.errors import InputError
from plion.sampling.batches import Budget, compose

BUDGET = Budget(seconds=60, utterances=16, window=200)


@pytest.fixture
def durations():
    return np.random.default_rng(0).lognormal(1.3, 0.6, 1000).clip(0.5, 30)


@pytest.fixture
def order():
    return np.random.default_rng(1).integers(0, 1000, 1500)


def rng(seed=0):
    return np.random.default_rng(seed)


def split(batches):
    return np.split(batches.positions, batches.bounds[1:-1])


def test_every_position_is_in_exactly_one_batch(order, durations):
    batches = compose(order, durations, BUDGET, rng())
    assert sorted(batches.positions) == list(range(1500))
    assert batches.bounds[0] == 0 and batches.bounds[-1] == 1500


def test_no_batch_is_over_the_padded_seconds(order, durations):
    for batch in split(compose(order, durations, BUDGET, rng())):
        assert np.ceil(durations[order[batch]].max()) * len(batch) <= 60


def test_no_batch_has_more_than_its_utterances(order, durations):
    few = Budget(seconds=60, utterances=5, window=200)
    sizes = [len(batch) for batch in split(compose(order, durations, few, rng()))]
    assert max(sizes) == 5


def test_no_batch_is_empty(order, durations):
    assert (np.diff(compose(order, durations, BUDGET, rng()).bounds) > 0).all()


def test_a_batch_draws_from_one_window(order, durations):
    edges = np.linspace(0, 1500, 9).astype(int)  # 1500 in windows of at most 200: eight, all alike
    for batch in split(compose(order, durations, BUDGET, rng())):
        assert len(set(np.digitize(batch, edges))) == 1


def test_a_wider_window_pads_less(order, durations):
    def padded(window):
        batches = split(compose(order, durations, Budget(60, 16, window), rng()))
        return sum(np.ceil(durations[order[batch]].max()) * len(batch) for batch in batches)

    assert padded(1500) < padded(200) < padded(20)


def test_batches_are_not_left_in_order_of_length(order, durations):
    batches = split(compose(order, durations, Budget(60, 16, 1500), rng()))
    longest = [durations[order[batch]].max() for batch in batches]
    assert abs(np.corrcoef(longest, np.arange(len(longest)))[0, 1]) < 0.4


def test_the_same_generator_gives_the_same_batches(order, durations):
    one, other = (compose(order, durations, BUDGET, rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one.positions, other.positions)
    np.testing.assert_array_equal(one.bounds, other.bounds)


def test_another_generator_gives_the_same_batches_in_another_order(order, durations):
    one, other = (split(compose(order, durations, BUDGET, rng(seed))) for seed in (3, 4))
    assert [tuple(batch) for batch in one] != [tuple(batch) for batch in other]
    assert {tuple(batch) for batch in one} == {tuple(batch) for batch in other}


def test_an_utterance_of_exactly_the_budget_is_a_batch():
    batches = compose(np.array([0]), np.array([60.0]), BUDGET, rng())
    assert len(batches) == 1


def test_an_utterance_over_the_budget_is_refused_by_its_number():
    with pytest.raises(InputError, match=r"utterance 2 lasts 60\.20 s"):
        compose(np.array([0, 1, 2]), np.array([5.0, 3.0, 60.2]), BUDGET, rng())


def test_utterances_without_length_are_still_counted():
    batches = compose(np.arange(40), np.zeros(40), BUDGET, rng())
    assert np.diff(batches.bounds).max() == 16


def test_an_empty_draw_has_no_batches(durations):
    assert len(compose(np.array([], dtype=np.int64), durations, BUDGET, rng())) == 0


@pytest.mark.parametrize("name", ["seconds", "utterances", "window"])
def test_a_budget_that_fits_nothing_is_refused(name):
    with pytest.raises(InputError, match=f"batch.{name} is 0"):
        Budget(**({"seconds": 60, "utterances": 16, "window": 200} | {name: 0}))
