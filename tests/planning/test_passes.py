"""The first pass of a planned run, corpus by corpus."""

import numpy as np
import pytest
from tiny import Tiny

from plion.config.schema import Experiment
from plion.data.corpora.published import published_corpora
from plion.planning.passes import by_language, summed
from plion.planning.planned_run import mixture_plan


@pytest.fixture
def exp():
    exp = Experiment()
    exp.sampler.name = "balanced"
    exp.batch.seconds = 240.0
    return exp


def by_corpus(exp):
    return {row.dataset: row for row in mixture_plan(exp, "paper").first_pass}


def test_balanced_gives_each_language_25_percent(exp):
    rows = by_language(mixture_plan(exp, "paper").first_pass)
    shares = {key: summed(own, key).share for key, own in rows.items()}
    assert shares == pytest.approx(dict.fromkeys(["en", "zh", "ta", "ms"], 25.0))


def test_a_pass_has_the_size_that_the_policy_says(exp):
    exp.hold.amount = 0.1  # the run ends long before the pass does
    assert sum(row.draws for row in by_corpus(exp).values()) == 480_392
    exp.sampler.balanced.pass_size = "union"
    assert sum(row.draws for row in by_corpus(exp).values()) == 1_921_568


def test_repeats_are_draws_over_utterances(exp):
    rows = by_corpus(exp)
    assert rows["fleurs_ta"].repeats == pytest.approx(12.7, abs=0.05)
    assert rows["fleurs_ms"].repeats == pytest.approx(22.5, abs=0.05)


def test_unseen_is_what_a_pass_leaves_out(exp):
    rows = by_corpus(exp)
    assert rows["aishell1"].unseen == pytest.approx(75, abs=0.1)
    assert rows["fleurs_ms"].unseen == 0


def test_thinning_at_random_leaves_some_unseen_that_even_draws_show(exp):
    even = by_corpus(exp)["commonvoice_zh"].unseen
    exp.sampler.allocation = "algorithm1"
    assert even == 0 < by_corpus(exp)["commonvoice_zh"].unseen


def test_untouched_malay_is_less_of_the_utterances_than_of_the_hours(exp):
    exp.sampler.name = "proportional"
    malay = [row for row in by_corpus(exp).values() if row.language == "ms"]
    assert sum(row.share for row in malay) == pytest.approx(4.3, abs=0.05)
    assert sum(row.share_hours for row in malay) == pytest.approx(7.53, abs=0.05)


def test_hours_are_those_that_are_published(exp):
    rows = by_corpus(exp)
    for one in published_corpora():
        assert rows[one.benchmark].hours == pytest.approx(one.train.hours)


def test_shares_sum_to_100_percent(exp):
    rows = mixture_plan(exp, "paper").first_pass
    for name in ("share", "share_hours", "share_padded"):
        assert sum(getattr(row, name) for row in rows) == pytest.approx(100)


def test_tokens_are_unknown_without_texts(exp):
    assert {row.share_tokens for row in by_corpus(exp).values()} == {None}
    assert summed(list(by_corpus(exp).values()), "all").share_tokens is None


def test_shares_are_of_what_the_pass_holds(tiny: Tiny, tmp_path):
    planned = mixture_plan(tiny.experiment(tmp_path, "sampler.name=uniform", "hold.amount=100"))
    size = sum(planned.plan.draws[0].counts)
    rows = planned.first_pass
    # The same from the plan of the run, which goes on after the pass.
    of_pass = planned.plan.draw_numbers < size
    drawn = planned.plan.numbers[of_pass]
    corpus = planned.stream.corpus_of(drawn)
    seconds = np.concatenate([one.durations for one in planned.train_sets])[drawn]
    tokens = np.concatenate([one.tokens for one in planned.train_sets])[drawn]
    sizes = np.diff(planned.plan.bounds)
    padded = np.repeat(planned.plan.padded / sizes, sizes)[of_pass]
    for name, weights in (
        ("share", np.ones(size)),
        ("share_hours", seconds),
        ("share_padded", padded),
        ("share_tokens", tokens),
    ):
        own = np.bincount(corpus, weights)
        expected = 100 * own / own.sum()
        np.testing.assert_allclose([getattr(row, name) for row in rows], expected)


def test_corpora_are_summed_into_one_row(tiny: Tiny, tmp_path):
    planned = mixture_plan(tiny.experiment(tmp_path, "sampler.name=balanced"))
    rows = planned.first_pass
    both = summed(rows[:2], "x")
    assert (both.language, both.dataset) == ("x", "all")
    assert both.draws == rows[0].draws + rows[1].draws
    assert both.repeats == both.draws / both.utterances
    assert both.share_tokens == rows[0].share_tokens + rows[1].share_tokens
