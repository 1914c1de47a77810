"""The stream: exact counts, what a new pass does, and purity."""

from itertools import product

import numpy as np
import pytest

from plion.errors import InputError
from plion.sampling.stream import Stream

SIZES = (10, 40, 5)
DRAWS = (24, 12, 5)  # 2.4 times, 0.3 times, once

every_way = pytest.mark.parametrize(
    ("redraw", "allocation"),
    list(product(["per_pass", "once", "continue"], ["even", "algorithm1"])),
)


def stream(**given):
    return Stream(**({"sizes": SIZES, "draws": DRAWS, "seed": 7} | given))


def counts(numbers, total=55):
    return np.bincount(numbers, minlength=total)


@every_way
def test_every_pass_has_the_planned_count_of_each_corpus(redraw, allocation):
    passes = stream(redraw=redraw, allocation=allocation)
    for epoch in range(4):
        realised = np.bincount(passes.corpus_of(passes.epoch(epoch)), minlength=3)
        assert tuple(realised) == DRAWS


@every_way
def test_a_pass_depends_on_seed_and_epoch_alone(redraw, allocation):
    expected = stream(redraw=redraw, allocation=allocation).epoch(3)
    again = stream(redraw=redraw, allocation=allocation)
    again.epoch(0)
    np.random.seed(1)
    np.testing.assert_array_equal(again.epoch(3), expected)


@every_way
def test_another_seed_gives_another_order(redraw, allocation):
    one = stream(redraw=redraw, allocation=allocation)
    other = stream(redraw=redraw, allocation=allocation, seed=8)
    assert (one.epoch(0) != other.epoch(0)).any()


@every_way
def test_another_pass_has_another_order(redraw, allocation):
    passes = stream(redraw=redraw, allocation=allocation)
    assert (passes.epoch(0) != passes.epoch(1)).any()


@pytest.mark.parametrize("redraw", ["per_pass", "once", "continue"])
def test_even_draws_every_utterance_floor_or_ceil_times(redraw):
    passes = stream(redraw=redraw)
    for epoch in range(3):
        seen = counts(passes.epoch(epoch))
        assert set(seen[:10]) <= ({2, 3} if redraw != "continue" else {1, 2, 3, 4})
        assert set(seen[10:50]) == {0, 1}
        assert set(seen[50:]) == {1}


def test_even_uses_a_corpus_up_before_it_repeats():
    numbers = stream().epoch(0)
    first = numbers[numbers < 10]
    assert sorted(first[:10]) == sorted(first[10:20]) == list(range(10))


def test_once_uses_a_corpus_up_before_it_repeats_in_later_passes_too():
    numbers = stream(redraw="once").epoch(5)
    first = numbers[numbers < 10]
    assert sorted(first[:10]) == sorted(first[10:20]) == list(range(10))


@pytest.mark.parametrize("allocation", ["even", "algorithm1"])
def test_once_repeats_the_same_multiset(allocation):
    passes = stream(redraw="once", allocation=allocation)
    np.testing.assert_array_equal(counts(passes.epoch(0)), counts(passes.epoch(4)))


@pytest.mark.parametrize("allocation", ["even", "algorithm1"])
def test_per_pass_draws_anew(allocation):
    passes = stream(allocation=allocation)
    assert (counts(passes.epoch(0)) != counts(passes.epoch(1))).any()


def test_continue_sees_everything_before_anything_again():
    passes = stream(redraw="continue")
    numbers = np.concatenate([passes.epoch(epoch) for epoch in range(7)])
    for begin, end in [(0, 10), (10, 50), (50, 55)]:
        own = numbers[(numbers >= begin) & (numbers < end)]
        size = end - begin
        for start in range(0, len(own) - size + 1, size):
            assert sorted(own[start : start + size]) == list(range(begin, end))


def test_continue_uses_up_the_copies_before_it_copies_anew():
    passes = stream(redraw="continue", allocation="algorithm1", copies=(6, 1, 1))
    # 24 draws a pass of 60 copies: five passes are the pool twice.
    numbers = np.concatenate([passes.epoch(epoch) for epoch in range(5)])
    assert set(counts(numbers)[:10]) == {12}


def test_algorithm1_thins_copies_at_random():
    # Of 49 copies each, 22.5 a pass: hypergeometric, so a standard deviation of about 3.5.
    passes = Stream((2667,), (60049,), 0, allocation="algorithm1", copies=(49,))
    seen = counts(passes.epoch(0), 2667)
    expected = np.sqrt(49 * (60049 / 130683) * (1 - 60049 / 130683))
    assert seen.mean() == pytest.approx(22.5, abs=0.05)
    assert seen.std() == pytest.approx(expected, rel=0.05)


def test_algorithm1_never_exceeds_the_copies():
    passes = stream(allocation="algorithm1", copies=(3, 2, 1))
    seen = counts(passes.epoch(0))
    assert max(seen[:10]) <= 3
    assert max(seen[10:50]) <= 2


def test_algorithm1_without_stated_copies_takes_the_fewest_that_hold_the_draws():
    passes = stream(allocation="algorithm1")
    assert max(max(counts(passes.epoch(epoch))[:10]) for epoch in range(20)) == 3


def test_corpora_are_interleaved_over_the_whole_pass():
    passes = Stream((1000, 1000), (1000, 1000), 0)
    halves = np.split(passes.corpus_of(passes.epoch(0)), 2)
    assert halves[0].mean() == pytest.approx(0.5, abs=0.05)


def test_a_corpus_without_draws_is_not_seen():
    passes = stream(draws=(0, 12, 5))
    assert passes.epoch(0).min() == 10


def test_a_negative_seed_is_refused():
    with pytest.raises(InputError, match="seed is -1"):
        stream(seed=-1)
