"""Planning: where a held run ends, what it comes to, how draws may move."""

import numpy as np
import pytest

from plion.errors import InputError
from plion.sampling.batches import Budget, Lengths
from plion.sampling.clip_cost import ClipCost
from plion.sampling.mixture import Draws
from plion.sampling.planner import plan
from plion.sampling.settings import Hold
from plion.sampling.stream import Stream

CLIP_COST = ClipCost(tokens_per_second=13)
SIZES, DRAWS = (200, 60), Draws((200, 200))
BUDGET = Budget(seconds=40, utterances=8, window=100)
SECONDS = np.random.default_rng(0).lognormal(1.2, 0.5, sum(SIZES)).clip(0.5, 20)
TOKENS = np.random.default_rng(1).integers(3, 40, sum(SIZES))
GROUPS = np.repeat([0, 1], SIZES)
HOLDS = [
    Hold("audio_hours", 0.9),
    Hold("utterances", 1000),
    Hold("supervised_tokens", 20000),
    Hold("steps", 61),
]
STREAM = Stream(SIZES, seed=3)


def always(number, done):
    return DRAWS


def make(hold=HOLDS[0], per_step=2, tokens=TOKENS, stream=STREAM, draws=always, groups=None):
    return plan(
        stream,
        draws,
        Lengths(SECONDS, CLIP_COST, tokens),
        BUDGET,
        per_step=per_step,
        hold=hold,
        groups=groups,
    )


every_hold = pytest.mark.parametrize("hold", HOLDS, ids=lambda hold: hold.quantity)


@every_hold
def test_a_run_ends_at_the_first_step_at_or_past_the_amount(hold):
    consumed = make(hold).consumed
    assert consumed[-2] < hold.amount <= consumed[-1]


@every_hold
def test_consumed_ends_at_the_total_of_the_held_quantity(hold):
    planned = make(hold)
    assert planned.consumed[-1] == pytest.approx(getattr(planned.totals, hold.quantity))


@every_hold
def test_consumed_starts_at_nothing_and_grows_with_every_step(hold):
    planned = make(hold)
    assert planned.consumed[0] == 0
    assert (np.diff(planned.consumed) > 0).all()
    assert len(planned.consumed) == planned.steps + 1


def test_consumed_is_what_the_steps_before_hold():
    planned = make(Hold("audio_hours", 0.9), per_step=3)
    ends = planned.bounds[::3]
    seconds = np.concatenate([[0], np.cumsum(SECONDS[planned.numbers])])[ends]
    np.testing.assert_allclose(planned.consumed, seconds / 3600)


@every_hold
def test_fractions_run_from_0_to_1(hold):
    fractions = make(hold).fractions
    assert fractions[0] == 0 and fractions[-1] == 1
    assert fractions[-2] < 1


def test_every_step_has_its_batches():
    planned = make(per_step=3)
    assert planned.batches == planned.steps * 3


def test_the_run_is_the_stream_pass_after_pass():
    planned = make(Hold("utterances", 1000))
    drawn = np.concatenate([STREAM.order(epoch, DRAWS) for epoch in range(4)])
    np.testing.assert_array_equal(planned.numbers, drawn[planned.draw_numbers])


@pytest.mark.parametrize("groups", [None, GROUPS])
def test_draw_numbers_are_not_used_twice(groups):
    planned = make(groups=groups)
    assert len(set(planned.draw_numbers)) == len(planned.numbers)


def test_a_whole_pass_is_drawn_before_the_next_begins():
    planned = make(Hold("utterances", 1000), per_step=1)
    assert sorted(planned.draw_numbers[:400]) == list(range(400))


def test_passes_are_counted_with_the_part_of_the_last():
    planned = make(Hold("utterances", 1000))
    assert planned.passes == pytest.approx(len(planned.numbers) / 400)


def test_a_shorter_run_is_the_beginning_of_a_longer_one():
    short, long = make(Hold("steps", 20)), make(Hold("steps", 90))
    np.testing.assert_array_equal(short.numbers, long.numbers[: len(short.numbers)])


def test_a_batch_is_its_part_of_the_run():
    planned = make()
    numbers, draw_numbers = planned.batch(5)
    begin, end = planned.bounds[5], planned.bounds[6]
    np.testing.assert_array_equal(numbers, planned.numbers[begin:end])
    np.testing.assert_array_equal(draw_numbers, planned.draw_numbers[begin:end])


def test_what_a_batch_holds_is_told():
    planned = make(per_step=3)
    for number in range(planned.batches):
        own, _ = planned.batch(number)
        padded = np.ceil(SECONDS[own].max())
        assert planned.seconds[number] == pytest.approx(SECONDS[own].sum())
        assert planned.tokens[number] == TOKENS[own].sum()
        assert planned.padded[number] == padded * len(own)
        assert planned.cost[number] == pytest.approx((padded + TOKENS[own].max() / 13) * len(own))


def test_totals_count_what_the_batches_hold():
    planned = make()
    assert planned.totals.audio_hours == pytest.approx(SECONDS[planned.numbers].sum() / 3600)
    assert planned.totals.supervised_tokens == TOKENS[planned.numbers].sum()
    assert planned.totals.utterances == planned.bounds[-1] == len(planned.numbers)


@pytest.mark.parametrize(
    ("played", "padding"), [({}, 1 - 6 / 8), ({"speed": 2.0, "stretch": 0.5}, 1 - 3 / 4)]
)
def test_padding_is_the_share_of_the_padded_audio_as_played_without_sound(played, padding):
    lengths = Lengths(np.array([4.0, 2.0]), CLIP_COST, **played)
    planned = plan(
        Stream((2,), 0),
        lambda number, done: Draws((2,)),
        lengths,
        BUDGET,
        per_step=1,
        hold=Hold("steps", 1),
    )
    assert planned.totals.padding == pytest.approx(padding)


def test_batches_have_room_for_audio_played_slower():
    slow = Lengths(SECONDS, CLIP_COST, TOKENS, speed=0.5)
    planned = plan(STREAM, always, slow, BUDGET, per_step=2, hold=HOLDS[0])
    for number in range(planned.batches):
        numbers, _ = planned.batch(number)
        padded = np.ceil(SECONDS[numbers].max() / 0.5) * len(numbers)
        assert padded == planned.padded[number] <= BUDGET.seconds
    assert planned.totals.audio_hours == pytest.approx(SECONDS[planned.numbers].sum() / 3600)
    assert planned.consumed[-1] == pytest.approx(planned.totals.audio_hours)


def test_words_cut_the_batches_and_tokens_are_held():
    words = TOKENS // 2
    one = plan(
        STREAM,
        always,
        Lengths(SECONDS, CLIP_COST, TOKENS, words),
        BUDGET,
        per_step=2,
        hold=Hold("steps", 20),
    )
    other = plan(
        STREAM,
        always,
        Lengths(SECONDS, CLIP_COST, TOKENS + 9, words),
        BUDGET,
        per_step=2,
        hold=Hold("steps", 20),
    )
    np.testing.assert_array_equal(one.numbers, other.numbers)
    assert other.totals.supervised_tokens == one.totals.supervised_tokens + 9 * len(one.numbers)


def test_tokens_that_are_not_counted_stay_unknown():
    planned = make(tokens=None)
    assert planned.tokens is None
    assert planned.totals.supervised_tokens is None


def test_tokens_that_are_expected_may_be_fractions():
    planned = make(Hold("supervised_tokens", 1000), tokens=TOKENS + 0.25)
    assert planned.totals.supervised_tokens == pytest.approx(planned.consumed[-1], abs=0.5)


def test_a_hold_on_tokens_that_are_not_counted_is_refused():
    with pytest.raises(InputError, match="supervised_tokens"):
        make(Hold("supervised_tokens", 100), tokens=None)


@pytest.mark.parametrize("amount", [0, -1.0, float("nan"), float("inf")])
def test_an_amount_that_is_not_positive_and_finite_is_refused(amount):
    with pytest.raises(InputError, match="hold.amount must be a"):
        make(Hold("steps", amount))


def test_a_hold_that_never_fills_is_refused():
    with pytest.raises(InputError, match="adds nothing"):
        make(Hold("supervised_tokens", 100), tokens=np.zeros(sum(SIZES), dtype=np.int64))


def test_a_pass_without_draws_is_refused():
    with pytest.raises(InputError, match="adds nothing"):
        make(draws=lambda number, done: Draws((0, 0)))


@pytest.mark.parametrize("quantity", ["audio_hours", "utterances", "supervised_tokens", "steps"])
def test_a_hold_that_no_plan_could_list_is_refused(quantity):
    with pytest.raises(InputError, match=rf"hold\.amount is 1e\+12 {quantity}, which takes about"):
        make(Hold(quantity, 1e12))


def test_a_step_of_no_batches_is_refused():
    with pytest.raises(InputError, match="batch.per_step is 0"):
        make(per_step=0)


@pytest.mark.parametrize(
    ("per_step", "words"),
    [
        (10**9, "1000000000; it must be from 1 to 100,000"),
        (50_000, r"one step would take [\d,]+ pa"),
    ],
)
@pytest.mark.parametrize("hold", HOLDS)
def test_a_step_that_takes_in_the_data_over_and_over_is_refused(per_step, words, hold):
    with pytest.raises(InputError, match=f"batch.per_step.* {words}"):
        make(hold, per_step=per_step)


def test_a_step_may_span_passes():
    planned = make(Hold("steps", 3), per_step=90)  # a pass is fewer than 90 batches
    assert planned.batches == 270
    assert len(planned.draws) > 3


def test_stratified_steps_hold_the_same_batches_in_another_order():
    plain, stratified = (make(Hold("utterances", 400), 1, groups=g) for g in (None, GROUPS))

    def batches(planned):
        return [tuple(planned.batch(number)[1]) for number in range(planned.batches)]

    assert set(batches(plain)) == set(batches(stratified))
    assert batches(plain) != batches(stratified)


def test_stratified_steps_that_span_windows_and_passes_are_mixed_as_the_others():
    planned = make(Hold("steps", 600), 3, groups=GROUPS)
    share = np.mean(GROUPS[planned.numbers])
    away = [
        np.mean(GROUPS[planned.numbers[begin:end]]) - share
        for begin, end in zip(planned.bounds[::3], planned.bounds[3::3], strict=False)
    ]
    plain = make(Hold("steps", 600), 3)
    away_plain = [
        np.mean(GROUPS[plain.numbers[begin:end]]) - share
        for begin, end in zip(plain.bounds[::3], plain.bounds[3::3], strict=False)
    ]
    assert np.std(away) < 0.7 * np.std(away_plain)
