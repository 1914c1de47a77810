"""Plans of which the first passes alone are decided, as those of an adaptive sampler."""

import numpy as np

from plion.sampling.batches import Budget, Lengths
from plion.sampling.clip_cost import ClipCost
from plion.sampling.mixture import Draws
from plion.sampling.planner import plan
from plion.sampling.settings import Hold
from plion.sampling.stream import Stream

SIZES = (200, 60)
STREAM = Stream(SIZES, seed=3)
BUDGET = Budget(seconds=40, utterances=8, window=100)
LENGTHS = Lengths(
    np.random.default_rng(0).lognormal(1.2, 0.5, sum(SIZES)).clip(0.5, 20),
    ClipCost(tokens_per_second=13),
    np.random.default_rng(1).integers(3, 40, sum(SIZES)),
)


def test_what_is_decided_does_not_change_with_what_is_not():
    def known(passes):
        def drawn(number, done):
            return Draws((300, 100)) if number < passes else Draws((90, 310))

        return drawn

    def planned(passes):
        return plan(
            STREAM,
            known(passes),
            LENGTHS,
            BUDGET,
            per_step=3,
            hold=Hold("utterances", 1500),
            groups=STREAM.corpus_of(np.arange(sum(SIZES))),
            decided=passes,
        )

    few, more = planned(1), planned(2)
    assert 0 < few.decided < more.decided < min(few.steps, more.steps)
    batches = few.decided * few.per_step
    end = few.bounds[batches]
    np.testing.assert_array_equal(few.bounds[: batches + 1], more.bounds[: batches + 1])
    np.testing.assert_array_equal(few.numbers[:end], more.numbers[:end])
    np.testing.assert_array_equal(few.draw_numbers[:end], more.draw_numbers[:end])
    np.testing.assert_array_equal(few.consumed[: few.decided + 1], more.consumed[: few.decided + 1])
    # No step before that has a batch of the next pass, and the step after it has one.
    assert few.draw_numbers[:end].max() < 400
    assert few.draw_numbers[end : few.bounds[batches + few.per_step]].max() >= 400


def test_a_run_that_ends_within_what_is_decided_is_decided_to_its_end():
    planned = plan(
        STREAM,
        lambda number, done: Draws((200, 200)),
        LENGTHS,
        BUDGET,
        per_step=3,
        hold=Hold("utterances", 350),
        decided=1,
    )
    assert planned.open_after is None and planned.decided == planned.steps
