"""Draws that move over a run: constant within a pass, a function of what is consumed."""

import numpy as np
import pytest

from plion.sampling.batches import Budget, Lengths
from plion.sampling.clip_cost import ClipCost
from plion.sampling.mixture import Draws
from plion.sampling.planner import plan
from plion.sampling.settings import Hold
from plion.sampling.stream import Stream

CLIP_COST = ClipCost(tokens_per_second=13)

SIZES = (200, 60)
LENGTHS = Lengths(np.linspace(1, 12, sum(SIZES)), CLIP_COST, np.arange(sum(SIZES)) % 17 + 3)
HELD = Hold("utterances", 2000)


def make(draws, hold=HELD, **given):
    return plan(
        Stream(SIZES, 3, **given), draws, LENGTHS, Budget(40, 8, 100), per_step=2, hold=hold
    )


def moving(number, done):
    """From 200 and 200 to 380 and 20, by tens."""
    step = round(18 * done)
    return Draws((200 + 10 * step, 200 - 10 * step))


def test_draws_that_move_are_those_of_the_part_consumed_where_the_pass_begins():
    asked = []

    def recorded(number, done):
        asked.append(done)
        return moving(number, done)

    planned = make(recorded)
    assert asked == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1.0][: len(asked)])
    assert planned.draws == tuple(moving(0, done) for done in asked)


@pytest.mark.parametrize(
    ("quantity", "amount"),
    [("audio_hours", 3), ("utterances", 2000), ("supervised_tokens", 20000), ("steps", 200)],
)
def test_draws_that_move_begin_at_0_and_never_pass_1(quantity, amount):
    asked = []
    make(lambda number, done: asked.append(done) or Draws((200, 200)), Hold(quantity, amount))
    assert len(asked) > 2
    assert asked[0] == 0
    assert asked == sorted(set(asked))
    assert asked[-1] <= 1


def test_draws_stay_the_same_within_a_pass():
    planned = make(moving)
    corpora = Stream(SIZES, 3).corpus_of(planned.numbers)
    for number, drawn in enumerate(planned.draws[:-1]):
        own = corpora[planned.draw_numbers // 400 == number]
        np.testing.assert_array_equal(np.bincount(own, minlength=2), drawn.counts)


def test_continue_goes_on_exactly_while_draws_move():
    planned = make(moving, redraw="continue")
    drawn = planned.numbers[np.argsort(planned.draw_numbers)]
    for begin, end in [(0, 200), (200, 260)]:
        own = drawn[(drawn >= begin) & (drawn < end)]
        size = end - begin
        assert len(own) > 2 * size
        for start in range(0, len(own) - size + 1, size):
            assert sorted(own[start : start + size]) == list(range(begin, end))


def test_a_longer_run_moves_more_slowly():
    short, long = make(moving), make(moving, Hold("utterances", 4000))
    assert short.draws[1] == long.draws[2]
