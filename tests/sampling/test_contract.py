"""What every policy must hold to, from its shares to the stream; `conftest.py` lists them."""

import random
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from plion.errors import InputError
from plion.sampling.batches import Budget, Lengths
from plion.sampling.clip_cost import ClipCost
from plion.sampling.mixture import Statistics, mix
from plion.sampling.planner import plan
from plion.sampling.policy import Corpus
from plion.sampling.settings import Hold
from plion.sampling.stream import Stream
from plion.settings.walk import settings_of

CLIP_COST = ClipCost(tokens_per_second=13)

every_unit = pytest.mark.parametrize("unit", ["utterances", "hours", "tokens"])
every_way = pytest.mark.parametrize(
    ("redraw", "allocation"),
    list(product(["per_pass", "once", "continue"], ["even", "algorithm1"])),
)


def test_shares_sum_to_one(policy, by_utterances):
    assert sum(policy.shares(by_utterances).shares) == pytest.approx(1, abs=1e-12)


def test_no_corpus_is_left_out(policy, by_utterances):
    assert min(policy.shares(by_utterances).shares) > 0


def test_order_of_the_corpora_does_not_matter(policy, by_utterances):
    shuffled = random.Random(0).sample(by_utterances, len(by_utterances))
    first, second = policy.shares(by_utterances), policy.shares(shuffled)
    shares = dict(zip(shuffled, second.shares, strict=True))
    assert first.shares == pytest.approx([shares[corpus] for corpus in by_utterances])
    assert first.amount == pytest.approx(second.amount)
    if first.copies is not None:
        copies = dict(zip(shuffled, second.copies, strict=True))
        assert list(first.copies) == [copies[corpus] for corpus in by_utterances]


def test_a_single_corpus_has_the_whole_pass(policy):
    assert policy.shares([Corpus("slr65", "ta", 34)]).shares == (1.0,)


def test_the_scale_of_the_sizes_does_not_matter(policy, by_utterances):
    scaled = [Corpus(c.key, c.language, 1e-6 * c.size) for c in by_utterances]
    assert policy.shares(scaled).shares == pytest.approx(policy.shares(by_utterances).shares)


def quotas(policy, corpora, unit):
    """Utterances of each corpus that make its share of the pass."""
    sizes = [getattr(row, unit) for row in corpora]
    sized = [Corpus(r.key, r.language, size) for r, size in zip(corpora, sizes, strict=True)]
    mixture = policy.shares(sized)
    amount = sum(sizes) if mixture.amount is None else mixture.amount
    return [
        share * amount * row.utterances / size
        for share, row, size in zip(mixture.shares, corpora, sizes, strict=True)
    ]


@every_unit
def test_draws_are_within_one_of_the_share_over_the_mean(policy, paper, unit):
    counts = policy.draws(paper, unit).counts
    for count, quota in zip(counts, quotas(policy, paper, unit), strict=True):
        assert abs(count - quota) < 1


@every_unit
def test_draws_sum_to_the_whole_pass(policy, paper, unit):
    drawn = sum(policy.draws(paper, unit).counts)
    assert abs(drawn - sum(quotas(policy, paper, unit))) <= 0.5


@every_unit
def test_a_single_corpus_is_drawn_once(policy, unit):
    corpora = [Statistics("slr65", "ta", 34, 0.05, 1200.0)]
    assert policy.draws(corpora, unit).counts == (34,)


def test_an_empty_corpus_is_refused_by_its_key(policy):
    with pytest.raises(InputError, match="'slr65' has no utterance"):
        policy.draws([Statistics("nsc", "en", 10, 1.0), Statistics("slr65", "ta", 0, 0.0)])


def test_no_corpus_at_all_is_refused(policy):
    with pytest.raises(InputError, match="no corpus"):
        policy.draws([])


@every_way
def test_every_policy_is_drawn_as_planned(policy, mini, redraw, allocation):
    draws = policy.draws(mini)
    passes = Stream(tuple(row.utterances for row in mini), 0, redraw, allocation)
    realised = np.bincount(passes.corpus_of(passes.order(1, draws)), minlength=len(mini))
    assert tuple(realised) == draws.counts


@every_way
def test_over_a_pass_of_mini12_every_corpus_is_drawn_as_planned(policy, mini12, redraw, allocation):
    draws = policy.draws(mini12)
    size = sum(draws.counts)
    stream = Stream(tuple(row.utterances for row in mini12), 0, redraw, allocation)
    seconds = np.random.default_rng(0).uniform(1, 5, stream.offsets[-1])
    hold = Hold("utterances", 1.5 * size)  # all of the first pass, some of the second
    planned = plan(
        stream,
        lambda number, done: draws,
        Lengths(seconds, CLIP_COST),
        Budget(60, 64, 2000),
        per_step=4,
        hold=hold,
    )
    drawn = planned.numbers[planned.draw_numbers < size]
    realised = np.bincount(stream.corpus_of(drawn), minlength=len(mini12))
    assert tuple(realised) == draws.counts


def test_every_policy_has_the_same_stream_from_the_same_seed(policy, mini):
    sizes = tuple(row.utterances for row in mini)
    one, again, other = (Stream(sizes, seed).order(2, policy.draws(mini)) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()


def test_a_parameter_beyond_its_bounds_is_refused_by_its_key(policy, mini):
    for one in settings_of(type(policy.policy)):
        ends = vars(one.about.bounds)
        beyond = {"low": -1, "above": 0, "high": 1, "below": 0}
        for side, step in beyond.items():
            if ends[side] is not None:
                value = ends[side] + step
                wrong = {"en": value} if isinstance(one.default, dict) else value
                with pytest.raises(InputError, match=f"^sampler.{policy.policy.name}.{one.key}"):
                    mix(replace(policy.policy, **{one.key: wrong}), mini)
