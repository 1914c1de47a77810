import numpy as np
import pytest

from plion.scoring.statistics.estimate import (
    ONE_SEED,
    SEEDS,
    UTTERANCES,
    Interval,
    ends,
    probability,
)


def over(what, low=-1.0):
    return Interval(0.5, low, 2.0, 0.7, 40.0, 41.0, 0.04, what)


@pytest.mark.parametrize(("what", "found"), [(UTTERANCES, True), (ONE_SEED, False), (SEEDS, True)])
def test_what_is_over_one_seed_decides_nothing(what, found):
    assert over(what).decides is found


def test_what_has_no_ends_decides_nothing_and_is_printed_as_nothing():
    found = over(UTTERANCES, -np.inf)
    assert not found.decides and found.visible is None
    assert ends(found.low, found.high, few=found.few) == ""


def test_ends_are_printed_with_their_signs_and_marked_where_clusters_are_few():
    assert ends(-1, 2, few=True, sign="+") == "[-1.00, +2.00]†"


def test_p_too_small_for_its_digits_is_said_to_be():
    assert [probability(0.0004), probability(0.001)] == ["<0.001", "0.001"]
