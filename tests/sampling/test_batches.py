"""The composer: nothing lost, nothing over the budget, little padding."""

import numpy as np
import pytest

from plion.errors import InputError
from plion.sampling.batches import Budget, Lengths, compose, spans
from plion.sampling.clip_cost import ClipCost
from plion.sampling.strata import Strata

CLIP_COST = ClipCost(tokens_per_second=13)

BUDGET = Budget(seconds=60, utterances=16, window=200)
SECONDS = np.random.default_rng(0).lognormal(1.3, 0.6, 1000).clip(0.5, 30)
# Texts that do not follow the audio, so that the longest of each are often in two utterances.
TOKENS = np.random.default_rng(2).integers(1, 120, 1000)
LENGTHS = [
    Lengths(SECONDS, CLIP_COST),
    Lengths(SECONDS, CLIP_COST, TOKENS),
    Lengths(SECONDS, CLIP_COST, TOKENS / 3),
]

every_length = pytest.mark.parametrize("lengths", LENGTHS, ids=["audio", "text", "expected text"])


@pytest.fixture
def order():
    return np.random.default_rng(1).integers(0, 1000, 1500)


def rng(seed=0):
    return np.random.default_rng(seed)


def split(batches):
    return np.split(batches.positions, batches.bounds[1:-1])


def cost(lengths, numbers):
    """What a batch of these costs, from the definition."""
    text = 0 if lengths.tokens is None else lengths.tokens[numbers].max() / 13
    return (np.ceil(lengths.seconds[numbers].max()) + text) * len(numbers)


@every_length
def test_every_position_is_in_exactly_one_batch(order, lengths):
    batches = compose(order, lengths, BUDGET, rng())
    assert sorted(batches.positions) == list(range(1500))
    assert batches.bounds[0] == 0 and batches.bounds[-1] == 1500


@every_length
def test_no_batch_costs_more_than_the_budget(order, lengths):
    for batch in split(compose(order, lengths, BUDGET, rng())):
        assert cost(lengths, order[batch]) <= 60


@every_length
def test_batches_are_filled_until_the_next_would_not_fit(order, lengths):
    batches = split(compose(order, lengths, Budget(60, 16, 1500), rng()))
    first = [order[batch[0]] for batch in batches]
    # Costliest first; of one cost the longest audio, of one length the first drawn.
    keys = ([batch[0] for batch in batches], -lengths.seconds[first], -lengths.cost()[first])
    in_order = [batches[i] for i in np.lexsort(keys)]
    for batch, following in zip(in_order, in_order[1:], strict=False):
        more = order[np.append(batch, following[0])]
        assert len(more) > 16 or cost(lengths, more) > 60


@every_length
def test_a_batch_stands_from_the_costliest_down(order, lengths):
    own = lengths.cost()
    for batch in split(compose(order, lengths, BUDGET, rng())):
        assert (np.diff(own[order[batch]]) <= 0).all()


@every_length
def test_what_a_batch_holds_is_told(order, lengths):
    batches = compose(order, lengths, BUDGET, rng())
    parts = [order[batch] for batch in split(batches)]
    np.testing.assert_allclose(batches.seconds, [SECONDS[part].sum() for part in parts])
    np.testing.assert_allclose(
        batches.padded, [np.ceil(SECONDS[part].max()) * len(part) for part in parts]
    )
    np.testing.assert_allclose(batches.cost, [cost(lengths, part) for part in parts])
    if lengths.tokens is None:
        assert batches.tokens is None
    else:
        np.testing.assert_allclose(batches.tokens, [lengths.tokens[p].sum() for p in parts])


def test_text_makes_batches_smaller(order):
    audio, text = (compose(order, lengths, BUDGET, rng()) for lengths in LENGTHS[:2])
    assert len(text) > len(audio)


def test_no_batch_has_more_than_its_utterances(order):
    few = Budget(seconds=60, utterances=5, window=200)
    assert np.diff(compose(order, LENGTHS[0], few, rng()).bounds).max() == 5


def test_a_budget_without_bound_in_seconds_is_one_of_utterances(order):
    batches = compose(order, LENGTHS[1], Budget(float("inf"), 16, 1500), rng())
    assert sorted(np.diff(batches.bounds)) == [12] + [16] * 93


@every_length
def test_no_batch_is_empty(order, lengths):
    assert (np.diff(compose(order, lengths, BUDGET, rng()).bounds) > 0).all()


def test_a_batch_draws_from_one_window(order):
    edges = np.linspace(0, 1500, 9).astype(int)  # 1500 in windows of at most 200: eight, all alike
    for batch in split(compose(order, LENGTHS[0], BUDGET, rng())):
        assert len(set(np.digitize(batch, edges))) == 1


def test_a_wider_window_pads_less(order):
    def padded(window):
        return compose(order, LENGTHS[0], Budget(60, 16, window), rng()).padded.sum()

    assert padded(1500) < padded(200) < padded(20)


def test_batches_are_not_left_in_order_of_length(order):
    batches = split(compose(order, LENGTHS[0], Budget(60, 16, 1500), rng()))
    longest = [SECONDS[order[batch]].max() for batch in batches]
    assert abs(np.corrcoef(longest, np.arange(len(longest)))[0, 1]) < 0.4


def test_the_same_generator_gives_the_same_batches(order):
    one, other = (compose(order, LENGTHS[0], BUDGET, rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one.positions, other.positions)
    np.testing.assert_array_equal(one.bounds, other.bounds)


def test_another_generator_gives_the_same_batches_in_another_order(order):
    one, other = (split(compose(order, LENGTHS[0], BUDGET, rng(seed))) for seed in (3, 4))
    assert [tuple(batch) for batch in one] != [tuple(batch) for batch in other]
    assert {tuple(batch) for batch in one} == {tuple(batch) for batch in other}


def test_an_utterance_of_exactly_the_budget_is_a_batch():
    assert len(compose(np.array([0]), Lengths(np.array([60.0]), CLIP_COST), BUDGET, rng())) == 1


def test_an_utterance_over_the_budget_is_refused_by_its_number():
    with pytest.raises(InputError, match=r"utterance 2 of 60\.20 s is more than a batch"):
        compose(np.array([0, 1, 2]), Lengths(np.array([5.0, 3.0, 60.2]), CLIP_COST), BUDGET, rng())


def test_a_text_over_the_budget_is_refused_with_its_tokens():
    lengths = Lengths(np.array([5.0, 50.0]), CLIP_COST, np.array([20, 131]))
    with pytest.raises(InputError, match=r"utterance 1 of 50\.00 s and 131 tokens of text"):
        compose(np.array([0, 1]), lengths, BUDGET, rng())


def test_utterances_without_length_are_still_counted():
    batches = compose(np.arange(40), Lengths(np.zeros(40), CLIP_COST), BUDGET, rng())
    assert np.diff(batches.bounds).max() == 16


@every_length
@pytest.mark.parametrize("strata", [None, Strata(np.zeros(1000, dtype=np.int64), per_step=2)])
def test_an_empty_draw_has_no_batches(lengths, strata):
    assert len(compose(np.array([], dtype=np.int64), lengths, BUDGET, rng(), strata=strata)) == 0


@pytest.mark.parametrize("name", ["seconds", "utterances", "window"])
@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_a_budget_that_fits_nothing_is_refused(name, value):
    with pytest.raises(InputError, match=f"batch.{name} is {value}"):
        Budget(**({"seconds": 60, "utterances": 16, "window": 200} | {name: value}))


def test_spans_are_counted_through_one_after_the_other():
    np.testing.assert_array_equal(spans(np.array([7, 0, 3]), np.array([2, 3, 0])), [7, 8, 0, 1, 2])
