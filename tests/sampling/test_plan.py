"""The plan: the amount a run is held to, and how its batches are dealt to ranks."""

import numpy as np
import pytest

from plion.errors import InputError
from plion.sampling.batches import Budget, Lengths
from plion.sampling.clip_cost import ClipCost
from plion.sampling.mixture import Draws
from plion.sampling.plan import Plan
from plion.sampling.planner import plan
from plion.sampling.settings import Hold
from plion.sampling.stream import Stream

CLIP_COST = ClipCost(tokens_per_second=13)

SIZES = (200, 60)
SECONDS = np.random.default_rng(0).lognormal(1.2, 0.5, sum(SIZES)).clip(0.5, 20)
TOKENS = np.random.default_rng(1).integers(3, 40, sum(SIZES))


def make(per_step: int, tokens: np.ndarray | None = TOKENS) -> Plan:
    budget = Budget(seconds=40, utterances=8, window=100)
    draws = Draws((200, 200))
    lengths = Lengths(SECONDS, CLIP_COST, tokens)
    return plan(
        Stream(SIZES, seed=3),
        lambda *_: draws,
        lengths,
        budget,
        per_step=per_step,
        hold=Hold("steps", 61),
    )


@pytest.mark.parametrize("world_size", [1, 2, 4])
def test_ranks_share_every_step_equally(world_size):
    planned = make(per_step=4)
    hands = [planned.deal(rank, world_size) for rank in range(world_size)]
    by_step = np.stack([hand.reshape(planned.steps, -1) for hand in hands])
    for step in range(planned.steps):
        assert sorted(by_step[:, step].ravel()) == list(range(4 * step, 4 * step + 4))


def test_one_rank_takes_the_batches_in_order():
    planned = make(per_step=4)
    np.testing.assert_array_equal(planned.deal(0, 1), np.arange(planned.batches))


@pytest.mark.parametrize("tokens", [None, TOKENS])
def test_ranks_are_at_batches_of_like_cost_at_the_same_time(tokens):
    planned = make(per_step=4, tokens=tokens)
    one, other = (planned.cost[planned.deal(rank, 2)].reshape(-1, 2) for rank in (0, 1))
    # No batch of a step's second turn costs more than any of its first.
    turns = np.stack([one, other])
    assert (turns[:, :, 0].min(axis=0) >= turns[:, :, 1].max(axis=0)).all()


def test_a_fraction_of_a_batch_a_rank_is_refused():
    with pytest.raises(InputError, match="batch.per_step is 2, which 4 devices"):
        make(per_step=2).deal(0, 4)
