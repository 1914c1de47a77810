"""Measures of a plan: what its steps see of each group, worked by hand."""

import numpy as np
import pytest

from plion.planning.step_mix import by_step, mix_of_counts, step_mix
from plion.sampling.batches import Budget, Lengths
from plion.sampling.clip_cost import ClipCost
from plion.sampling.mixture import Draws
from plion.sampling.planner import plan
from plion.sampling.settings import Hold
from plion.sampling.stream import Stream

CLIP_COST = ClipCost(tokens_per_second=13)

# Two corpora, of 2 s and of 9 s: in batches of one length, so each batch is of one corpus.
SIZES = (12, 6)
SECONDS = np.repeat([2.0, 9.0], SIZES)
GROUPS = np.repeat([0, 1], SIZES)


def make(per_step=1, steps=6, sizes=SIZES, counts=SIZES, seconds=SECONDS):
    """Batches of four 2 s utterances, or of two 9 s: three of each a pass."""
    given = Draws(counts)
    budget = Budget(18 if len(sizes) > 1 else 8, 4, 100)
    hold = Hold("steps", steps)
    return plan(
        Stream(sizes, 0),
        lambda number, done: given,
        Lengths(seconds, CLIP_COST),
        budget,
        per_step=per_step,
        hold=hold,
    )


def test_every_utterance_is_counted_in_its_step_and_group():
    counted = by_step(make(), GROUPS, 2)
    assert sorted(map(tuple, counted)) == [(0, 2)] * 3 + [(4, 0)] * 3


def test_a_step_has_all_its_batches():
    np.testing.assert_array_equal(by_step(make(per_step=6, steps=1), GROUPS, 2), [[12, 6]])


def test_steps_of_one_group_each_have_no_entropy_and_all_miss_one():
    found = step_mix(make(), GROUPS, 2)
    assert found.entropy == pytest.approx(0)
    assert found.missing == 1


def test_a_step_of_every_batch_has_the_entropy_of_the_pass():
    found = step_mix(make(per_step=6, steps=2), GROUPS, 2)
    assert found.entropy == pytest.approx(-(2 / 3 * np.log2(2 / 3) + 1 / 3 * np.log2(1 / 3)))
    assert found.missing == 0


def test_entropy_is_relative_to_the_groups_that_the_run_draws():
    three = step_mix(make(per_step=6, steps=2), GROUPS, 3)
    assert three == step_mix(make(per_step=6, steps=2), GROUPS, 2)


def test_a_single_group_is_mixed_as_well_as_can_be():
    alone = make(sizes=(12,), counts=(12,), seconds=SECONDS[:12], steps=3)
    found = step_mix(alone, GROUPS[:12], 1)
    assert found.entropy == 1
    assert found.missing == 0


def test_utterances_a_step_are_a_mean_and_the_least():
    found = step_mix(make(), GROUPS, 2)
    assert found.utterances == pytest.approx(3)
    assert found.fewest == 2


def test_a_step_without_utterances_has_no_entropy_and_misses_all():
    alone = mix_of_counts(np.array([[0, 0]]))
    assert (alone.entropy, alone.missing, alone.fewest) == (0, 1, 0)
