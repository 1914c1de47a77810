"""Numbers that ranks add up: the same place for the same name on every rank."""

import numpy as np

from plion.training.step.step_sums import Shared


def test_the_sums_of_two_ranks_come_back_under_their_names_whoever_was_first() -> None:
    one, other = Shared(), Shared()
    one.own = {"memory": np.array([1.0, 0.0]), "consumed": np.array([3.0, 4.0, 5.0])}
    other.own = {"consumed": np.array([30.0, 40.0, 50.0]), "memory": np.array([0.0, 2.0])}
    for rank in (one, other):
        rank.set_sums((one.flat() + other.flat()).tolist())
        assert rank.of_all["consumed"].tolist() == [33, 44, 55]
        assert rank.of_all["memory"].tolist() == [1, 2]


def test_names_without_numbers_and_no_names_at_all_are_sums_of_nothing() -> None:
    shared = Shared()
    shared.set_sums(shared.flat())
    assert shared.of_all == {}
    shared.own = {"a": np.zeros(0), "b": np.ones(1)}
    shared.set_sums(shared.flat())
    assert [len(shared.of_all[name]) for name in "ab"] == [0, 1]
