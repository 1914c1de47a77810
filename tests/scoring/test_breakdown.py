import pytest

from plion.scoring.breakdown import DURATIONS, LENGTHS, by_duration, by_length, parts
from plion.scoring.counts import Counts, count
from plion.text.shipped import SHIPPED


@pytest.mark.parametrize(
    ("seconds", "label"),
    [
        (0.0, "under 2 s"),
        (1.99, "under 2 s"),
        (2.0, "2 to 5 s"),
        (5.0, "5 to 10 s"),
        (19.9, "10 to 20 s"),
        (20.0, "from 20 s"),
        (None, "unknown"),
    ],
)
def test_class_of_a_duration_is_without_its_upper_bound(seconds, label):
    assert by_duration([seconds]) == [label]
    assert label in DURATIONS


@pytest.mark.parametrize(
    ("length", "label"),
    [(0, "0"), (1, "1 to 5"), (5, "1 to 5"), (6, "6 to 10"), (40, "21 to 40"), (41, "from 41")],
)
def test_class_of_a_length(length, label):
    assert by_length([length]) == [label]
    assert label in LENGTHS


def test_parts_have_the_counts_of_their_utterances():
    counted = count(["a b", "c", "d e f"], ["a x", "c", "d f f f"], SHIPPED["en"], "wer")
    assert parts(["s1", None, "s1"], counted) == {
        "s1": Counts(3, 5, 2, 0, 1, 2),
        "unknown": Counts(0, 1, 0, 0, 0, 1),
    }


def test_parts_add_up_to_the_whole():
    counted = count(["a b", "c", "d e f", ""], ["a x", "", "d f f f", "y"], SHIPPED["en"], "wer")
    found = list(parts(["x", "y", "x", "z"], counted).values())
    assert found[0] + found[1] + found[2] == counted.pooled()


def test_no_utterances_have_no_parts():
    assert parts([], count([], [], SHIPPED["en"], "wer")) == {}
