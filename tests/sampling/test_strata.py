"""Stratified batches: the window's own, every step near its mix, lengths without a trend."""

import numpy as np
import pytest

from plion.sampling.batches import Budget, Lengths, compose
from plion.sampling.clip_cost import ClipCost
from plion.sampling.strata import Strata, shuffled, stratified

CLIP_COST = ClipCost(tokens_per_second=13)

# Four languages of unlike size and length: sorting by length sorts by them too.
LANGUAGES = np.random.default_rng(3).choice(4, 20_000, p=[0.45, 0.3, 0.2, 0.05])
SPOKEN = np.random.default_rng(4).lognormal(np.log([3, 6, 5, 13])[LANGUAGES], 0.35).clip(0.5, 30)
DRAWN = np.random.default_rng(5).permutation(20_000)
WIDE = Budget(seconds=240, utterances=64, window=5000)
SMALL = Budget(seconds=60, utterances=8, window=20_000)  # thousands of batches a window
NARROW = Budget(seconds=60, utterances=64, window=250)  # some 20 batches a window
PER_STEP = 4

every_budget = pytest.mark.parametrize(
    "budget", [WIDE, SMALL, NARROW], ids=["wide", "small", "narrow"]
)


def rng(seed=0):
    return np.random.default_rng(seed)


def composed(groups, seed=0, budget=WIDE, per_step=PER_STEP, before=0):
    strata = None if groups is None else Strata(groups, per_step, before)
    return compose(DRAWN, Lengths(SPOKEN, CLIP_COST), budget, rng(seed), strata=strata)


def sets(batches):
    return {tuple(batch) for batch in np.split(batches.positions, batches.bounds[1:-1])}


def drawn_of_each(batches):
    """Utterances of each language in each batch (batches, 4)."""
    spoken = LANGUAGES[DRAWN[batches.positions]]
    batch_of = np.repeat(np.arange(len(batches)), np.diff(batches.bounds))
    return np.bincount(4 * batch_of + spoken, minlength=4 * len(batches)).reshape(-1, 4)


def entropies(batches, per_step=PER_STEP):
    drawn = drawn_of_each(batches)
    steps = drawn[: len(drawn) // per_step * per_step].reshape(-1, per_step, 4).sum(axis=1)
    shares = steps / steps.sum(axis=1, keepdims=True)
    return -(shares * np.log(np.where(shares > 0, shares, 1))).sum(axis=1) / np.log(4)


def tenths(batches, budget):
    """The mean length of an utterance in each tenth of a window, over all windows (10,)."""
    windows = -(-20_000 // budget.window)
    edges = np.searchsorted(batches.bounds, np.linspace(0, 20_000, windows + 1).astype(int))
    parts = [
        np.array_split(np.arange(begin, end), 10)
        for begin, end in zip(edges, edges[1:], strict=False)
    ]
    sizes = np.diff(batches.bounds)
    return np.array(
        [
            sum(batches.seconds[part].sum() for part in tenth)
            / sum(sizes[part].sum() for part in tenth)
            for tenth in zip(*parts, strict=True)
        ]
    )


def trend(budget, seeds=12, per_step=PER_STEP):
    """By how much of the mean the length changes over a window, on average over seeds."""
    lengths = np.mean(
        [tenths(composed(LANGUAGES, seed, budget, per_step), budget) for seed in range(seeds)],
        axis=0,
    )
    return 9 * np.polyfit(np.arange(10), lengths, 1)[0] / lengths.mean()


def test_stratified_batches_are_those_of_the_window():
    assert sets(composed(None)) == sets(composed(LANGUAGES))


def test_stratified_batches_stay_in_their_window():
    for batches in (composed(None), composed(LANGUAGES)):
        assert set(np.arange(5000, 20_000, 5000)) <= set(batches.bounds)


@every_budget
@pytest.mark.parametrize("per_step", [1, 4])
def test_lengths_have_no_trend_over_a_window(budget, per_step):
    assert abs(trend(budget, per_step=per_step)) < 0.04


@pytest.mark.parametrize("seed", range(3))
def test_stratified_steps_mix_languages_better(seed):
    plain, stratified = entropies(composed(None, seed)), entropies(composed(LANGUAGES, seed))
    assert stratified.mean() > plain.mean()
    assert np.quantile(stratified, 0.01) > np.quantile(plain, 0.01)


def ways(order, before=0):
    """The whole steps of an order read from its begin and from its end, as sets of batches."""
    begins = range(-before % PER_STEP, len(order) - PER_STEP + 1, PER_STEP)
    return [
        {frozenset(one[begin : begin + PER_STEP].tolist()) for begin in begins}
        for one in (order, order[::-1])
    ]


@pytest.mark.parametrize("before", range(PER_STEP))
@pytest.mark.parametrize("batches", [0, 3, 21, 400])
def test_whole_steps_are_moved_and_hold_what_they_held(batches, before):
    order = rng().permutation(batches)
    for seed in range(4):
        moved = shuffled(order, PER_STEP, before, rng(seed))
        assert sorted(moved) == list(range(batches))
        assert ways(moved, before)[0] in ways(order, before)


def test_steps_that_share_batches_with_a_window_before_are_at_either_end():
    firsts = {tuple(shuffled(np.arange(21), PER_STEP, 1, rng(seed))[:3]) for seed in range(9)}
    assert firsts == {(0, 1, 2), (20, 19, 18)}


def test_steps_that_follow_each_other_stay_together_in_a_long_window():
    moved = shuffled(np.arange(4000), PER_STEP, 0, rng()).reshape(-1, 16)
    assert (abs(np.diff(moved)) == 1).all()
    assert (np.diff(moved[:, 0]) != 16).mean() > 0.9


@pytest.mark.parametrize("seed", range(3))
def test_sixteen_batches_in_a_row_are_near_the_mix_even_where_a_step_is_one(seed):
    plain, stratified = (composed(one, seed, SMALL, per_step=1) for one in (None, LANGUAGES))
    assert entropies(stratified, 16).std() < entropies(plain, 16).std() / 2


def test_what_has_been_seen_stays_near_the_mix():
    sizes = np.full(300, 8)
    groups = rng(3).choice(2, 2400, p=[0.7, 0.3])
    order = stratified(groups, sizes, rng(1).permutation(300))
    seen = np.cumsum(groups.reshape(300, 8).sum(axis=1)[order])
    assert abs(seen - groups.mean() * 8 * np.arange(1, 301)).max() <= 8


def test_stratified_batches_are_drawn_anew_from_another_seed():
    one, same, other = (composed(LANGUAGES, seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.positions, same.positions)
    assert (one.positions != other.positions).any()


def test_one_language_alone_can_be_stratified():
    assert sets(composed(np.zeros(20_000, dtype=np.int64))) == sets(composed(None))
