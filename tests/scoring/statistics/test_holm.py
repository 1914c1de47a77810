import pytest

from plion.scoring.statistics.holm import holm


def test_smallest_is_multiplied_by_how_many_there_are():
    assert holm([0.01, 0.02, 0.5]) == pytest.approx([0.03, 0.04, 0.5])


def test_order_is_kept():
    assert holm([0.5, 0.01, 0.02]) == pytest.approx([0.5, 0.03, 0.04])


def test_corrected_values_never_fall_below_those_of_smaller_ones():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_no_value_passes_one():
    assert holm([0.9, 0.8]) == [1, 1]


def test_one_alone_is_not_corrected():
    assert holm([0.04]) == [0.04]


def test_of_nothing_there_is_nothing():
    assert holm([]) == []
