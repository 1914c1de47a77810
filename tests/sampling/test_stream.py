"""The stream: exact counts, what a new pass does, windows near the shares, and purity."""

from itertools import product

import numpy as np
import pytest

from plion.errors import InputError
from plion.sampling.mixture import Draws, mix
from plion.sampling.policies import Balanced
from plion.sampling.policy import Copies
from plion.sampling.stream import Stream

SIZES = (10, 40, 5)
DRAWS = Draws((24, 12, 5))  # 2.4 times, 0.3 times, once

every_way = pytest.mark.parametrize(
    ("redraw", "allocation"),
    list(product(["per_pass", "once", "continue"], ["even", "algorithm1"])),
)


def stream(**given):
    return Stream(**({"sizes": SIZES, "seed": 7} | given))


def once(*copies):
    """Copies of each corpus that are thinned once."""
    return tuple(Copies(number, number) for number in copies)


def counts(numbers, total=55):
    return np.bincount(numbers, minlength=total)


@every_way
def test_every_pass_has_the_planned_count_of_each_corpus(redraw, allocation):
    passes = stream(redraw=redraw, allocation=allocation)
    for epoch in range(4):
        realised = np.bincount(passes.corpus_of(passes.order(epoch, DRAWS)), minlength=3)
        assert tuple(realised) == DRAWS.counts


@every_way
def test_a_pass_depends_on_seed_and_epoch_alone(redraw, allocation):
    expected = stream(redraw=redraw, allocation=allocation).order(3, DRAWS)
    again = stream(redraw=redraw, allocation=allocation)
    again.order(0, DRAWS)
    np.random.seed(1)
    np.testing.assert_array_equal(again.order(3, DRAWS), expected)


@every_way
def test_another_seed_gives_another_order(redraw, allocation):
    one = stream(redraw=redraw, allocation=allocation)
    other = stream(redraw=redraw, allocation=allocation, seed=8)
    assert (one.order(0, DRAWS) != other.order(0, DRAWS)).any()


@every_way
def test_another_pass_has_another_order(redraw, allocation):
    passes = stream(redraw=redraw, allocation=allocation)
    assert (passes.order(0, DRAWS) != passes.order(1, DRAWS)).any()


@pytest.mark.parametrize("redraw", ["per_pass", "once", "continue"])
def test_even_draws_every_utterance_floor_or_ceil_times(redraw):
    passes = stream(redraw=redraw)
    for epoch in range(3):
        seen = counts(passes.order(epoch, DRAWS))
        assert set(seen[:10]) <= ({2, 3} if redraw != "continue" else {1, 2, 3, 4})
        assert set(seen[10:50]) == {0, 1}
        assert set(seen[50:]) == {1}


def test_a_long_pass_draws_each_utterance_once_too():
    # More than the interleaving takes at a time.
    sizes = (90_000, 50_000, 60_000)
    order = Stream(sizes, 0).order(0, Draws(sizes))
    np.testing.assert_array_equal(np.sort(order), np.arange(200_000))


@pytest.mark.parametrize(("redraw", "epoch"), [("per_pass", 0), ("once", 0), ("once", 5)])
def test_even_uses_a_corpus_up_before_it_repeats(redraw, epoch):
    numbers = stream(redraw=redraw).order(epoch, DRAWS)
    first = numbers[numbers < 10]
    assert sorted(first[:10]) == sorted(first[10:20]) == list(range(10))


@pytest.mark.parametrize("allocation", ["even", "algorithm1"])
def test_once_repeats_the_same_multiset(allocation):
    passes = stream(redraw="once", allocation=allocation)
    seen = [counts(passes.order(epoch, DRAWS)) for epoch in (0, 4)]
    np.testing.assert_array_equal(*seen)


@pytest.mark.parametrize("allocation", ["even", "algorithm1"])
def test_per_pass_draws_anew(allocation):
    passes = stream(allocation=allocation)
    assert (counts(passes.order(0, DRAWS)) != counts(passes.order(1, DRAWS))).any()


def test_continue_sees_everything_before_anything_again():
    passes = stream(redraw="continue")
    numbers = np.concatenate([passes.order(epoch, DRAWS) for epoch in range(7)])
    assert_used_up_in_turn(numbers)


def test_continue_goes_on_exactly_where_draws_change():
    passes = stream(redraw="continue")
    before = np.zeros(3, dtype=int)
    numbers = []
    for epoch, drawn in enumerate([(24, 12, 5), (3, 0, 1), (17, 61, 2), (8, 30, 11)]):
        numbers.append(passes.order(epoch, Draws(drawn), before.tolist()))
        before += drawn
    assert_used_up_in_turn(np.concatenate(numbers))


def assert_used_up_in_turn(numbers):
    for begin, end in [(0, 10), (10, 50), (50, 55)]:
        own = numbers[(numbers >= begin) & (numbers < end)]
        size = end - begin
        for start in range(0, len(own) - size + 1, size):
            assert sorted(own[start : start + size]) == list(range(begin, end))


def test_continue_uses_up_the_copies_before_it_copies_anew():
    passes = stream(redraw="continue", allocation="algorithm1")
    # 24 draws a pass of 60 copies: five passes are the pool twice.
    draws = Draws(DRAWS.counts, once(6, 1, 1))
    numbers = np.concatenate([passes.order(epoch, draws) for epoch in range(5)])
    assert set(counts(numbers)[:10]) == {12}


def test_algorithm1_thins_copies_at_random():
    # Of 49 copies each, 22.5 a pass: hypergeometric, so a standard deviation of about 3.5.
    passes = Stream((2667,), 0, allocation="algorithm1")
    seen = counts(passes.order(0, Draws((60049,), once(49))), 2667)
    expected = np.sqrt(49 * (60049 / 130683) * (1 - 60049 / 130683))
    assert seen.mean() == pytest.approx(22.5, abs=0.05)
    assert seen.std() == pytest.approx(expected, rel=0.05)


def listed(largest, size, target, seed=0):
    """How often Algorithm 1, as printed, draws each utterance of a language's smaller corpus."""
    rng = np.random.default_rng(seed)
    upsampled = rng.permutation(np.tile(np.arange(size), -(-largest // size)))[:largest]
    language = np.concatenate([upsampled, np.full(largest, size)])  # the other is as it was
    drawn = rng.permutation(np.tile(language, -(-target // largest)))[:target]
    return np.bincount(drawn, minlength=size + 1)[:size]


def test_algorithm1_thins_balanced_copies_twice_as_it_is_printed(paper):
    passes = Stream(tuple(row.utterances for row in paper), 0, allocation="algorithm1")
    draws = mix(Balanced("literal"), paper)
    seen = counts(passes.order(0, draws), passes.offsets[-1])[-2667:]  # FLEURS Malay
    printed = listed(largest=17_851, size=2667, target=120_098)
    assert seen.mean() == pytest.approx(printed.mean(), rel=0.01)
    assert seen.std() == pytest.approx(printed.std(), rel=0.05) == pytest.approx(3.9, abs=0.1)


def test_what_the_first_thinning_leaves_out_is_not_drawn():
    passes = stream(allocation="algorithm1")
    draws = Draws(DRAWS.counts, (Copies(1, 0.5, 5), *once(1, 1)))
    seen = counts(passes.order(0, draws))[:10]
    assert sorted(seen > 0) == [False] * 5 + [True] * 5
    assert max(seen) <= 5


def test_algorithm1_never_exceeds_the_copies():
    passes = stream(allocation="algorithm1")
    seen = counts(passes.order(0, Draws(DRAWS.counts, once(3, 2, 1))))
    assert max(seen[:10]) <= 3
    assert max(seen[10:50]) <= 2


def test_algorithm1_without_stated_copies_takes_the_fewest_that_hold_the_draws():
    passes = stream(allocation="algorithm1")
    assert max(max(counts(passes.order(epoch, DRAWS))[:10]) for epoch in range(20)) == 3


def test_even_ignores_stated_copies():
    with_copies = stream().order(0, Draws(DRAWS.counts, once(6, 1, 1)))
    np.testing.assert_array_equal(with_copies, stream().order(0, DRAWS))


@pytest.mark.parametrize("window", [50, 1000, 20_000])
def test_any_window_is_within_hoeffdings_bound_of_the_shares(window):
    # Two passes of 150,000: more than the interleaving takes at a time.
    draws = Draws((90_000, 30_000, 1_000, 29_000))
    passes = Stream((40_000, 60_000, 100, 29_000), 0)
    corpora = np.concatenate([passes.corpus_of(passes.order(epoch, draws)) for epoch in (0, 1)])
    # So improbable in one window that it is in none of all, for any corpus, but once in 1,000.
    improbable = 1e-3 / (len(corpora) * 4)
    bound = np.sqrt(window * np.log(2 / improbable) / 2)
    assert bound < window  # else nothing is shown
    for corpus, count in enumerate(draws.counts):
        seen = np.concatenate([[0], np.cumsum(corpora == corpus)])
        away = seen[window:] - seen[:-window] - window * count / 150_000
        assert abs(away).max() <= bound


def test_what_a_window_has_of_a_corpus_spreads_as_a_shuffle_would():
    # Hypergeometric: 100 of 1,000, a quarter of them of corpus 0.
    draws = Draws((250, 750))
    passes = Stream((250, 750), 0)
    seen = [np.sum(passes.order(epoch, draws)[300:400] < 250) for epoch in range(2000)]
    assert np.mean(seen) == pytest.approx(25, abs=0.3)
    assert np.std(seen) == pytest.approx(np.sqrt(100 * 0.25 * 0.75 * 900 / 999), rel=0.06)


def test_a_corpus_without_draws_is_not_seen():
    assert stream().order(0, Draws((0, 12, 5))).min() == 10


def test_a_pass_without_draws_is_empty():
    assert len(stream().order(0, Draws((0, 0, 0)))) == 0


def test_numbers_that_need_64_bits_have_them():
    huge = Stream((2**31, 3), 0)
    assert sorted(huge.order(0, Draws((0, 3)))) == [2**31, 2**31 + 1, 2**31 + 2]


def test_corpora_are_found_by_number():
    np.testing.assert_array_equal(stream().corpus_of(np.array([0, 9, 10, 49, 50])), [0, 0, 1, 1, 2])


def test_a_negative_seed_is_refused():
    with pytest.raises(InputError, match="seed is -1"):
        stream(seed=-1)
