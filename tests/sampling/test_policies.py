"""Policies: what every one must hold to, then what each one promises."""

import random
from collections import Counter

import pytest

from plion.errors import InputError
from plion.sampling.policies import POLICIES, Corpus, Mixture, draws, mix

# Parameters that a policy cannot do without; a policy with none needs no line.
PARAMETERS: dict[str, list[dict[str, object]]] = {
    "temperature": [{"T": 0.5}, {"T": 3.0}],
    "balanced": [{"pass_size": "literal"}, {"pass_size": "union"}],
}
EVERY = [(name, given) for name in POLICIES for given in PARAMETERS.get(name, [{}])]
every_policy = pytest.mark.parametrize(("name", "given"), EVERY, ids=str)


def by_language(corpora, shares):
    total = Counter()
    for corpus, share in zip(corpora, shares, strict=True):
        total[corpus.language] += share
    return dict(total)


@every_policy
def test_shares_sum_to_one(name, given, paper):
    assert sum(mix(name, paper, **given).shares) == pytest.approx(1, abs=1e-12)


@every_policy
def test_no_corpus_is_left_out(name, given, paper):
    assert min(mix(name, paper, **given).shares) > 0


@every_policy
def test_draws_sum_to_the_pass(name, given, paper):
    mixture = mix(name, paper, **given)
    assert sum(draws(mixture, paper)) == mixture.pass_size


@every_policy
def test_draws_are_within_one_of_the_share(name, given, paper):
    mixture = mix(name, paper, **given)
    for count, share in zip(draws(mixture, paper), mixture.shares, strict=True):
        assert abs(count - share * mixture.pass_size) < 1


@every_policy
def test_order_of_the_corpora_does_not_matter(name, given, paper):
    shuffled = random.Random(0).sample(paper, len(paper))
    first, second = mix(name, paper, **given), mix(name, shuffled, **given)
    shares = dict(zip(shuffled, second.shares, strict=True))
    assert first.shares == pytest.approx([shares[corpus] for corpus in paper])
    assert first.pass_size == second.pass_size


@every_policy
def test_a_single_corpus_has_the_whole_pass(name, given):
    corpora = [Corpus("slr65", "ta", 34)]
    mixture = mix(name, corpora, **given)
    assert mixture.shares == (1.0,)
    assert draws(mixture, corpora) == (34,)


@every_policy
def test_an_empty_corpus_is_refused_by_its_key(name, given):
    with pytest.raises(InputError, match="'slr65' has no utterance"):
        mix(name, [Corpus("nsc", "en", 10), Corpus("slr65", "ta", 0)], **given)


@every_policy
def test_no_corpus_at_all_is_refused(name, given):
    with pytest.raises(InputError, match="no corpus"):
        mix(name, [], **given)


@pytest.mark.parametrize("pass_size", ["literal", "union"])
def test_balanced_copies_hold_the_draws(paper, pass_size):
    mixture = mix("balanced", paper, pass_size=pass_size)
    for copies, count, corpus in zip(mixture.copies, draws(mixture, paper), paper, strict=True):
        assert copies * corpus.utterances >= count


def test_an_unknown_policy_names_the_nearest(paper):
    with pytest.raises(InputError, match="did you mean 'balanced'"):
        mix("balance", paper)


def test_proportional_draws_every_utterance_once(paper):
    assert draws(mix("proportional", paper), paper) == tuple(corpus.utterances for corpus in paper)


def test_malay_is_4_3_percent_of_the_paper_by_utterances(paper):
    shares = by_language(paper, mix("proportional", paper).shares)
    assert 100 * shares["ms"] == pytest.approx(4.3, abs=0.05)


def test_temperature_1_is_proportional(paper):
    assert mix("temperature", paper, T=1.0).shares == pytest.approx(
        mix("proportional", paper).shares
    )


def test_temperature_is_a_power_of_the_language_sizes():
    corpora = [Corpus("a", "en", 810), Corpus("b", "ms", 10)]
    assert mix("temperature", corpora, T=2.0).shares == pytest.approx((0.9, 0.1))


def test_high_temperature_makes_languages_equal(paper):
    shares = by_language(paper, mix("temperature", paper, T=1e6).shares)
    assert list(shares.values()) == pytest.approx([0.25] * 4, abs=1e-4)


def test_low_temperature_leaves_only_the_largest_language(paper):
    shares = by_language(paper, mix("temperature", paper, T=0.01).shares)
    assert shares["zh"] == pytest.approx(1)


def test_the_smallest_language_grows_with_temperature(paper):
    malay = [
        by_language(paper, mix("temperature", paper, T=T).shares)["ms"] for T in (1, 2, 3, 5, 10)
    ]
    assert malay == sorted(set(malay))


def test_temperature_keeps_the_proportions_within_a_language(paper):
    shares = mix("temperature", paper, T=3.0).shares
    assert shares[0] / shares[1] == pytest.approx(28539 / 100000)


@pytest.mark.parametrize("T", [0.0, -1.0, float("nan"), float("inf")])
def test_temperature_must_be_positive_and_finite(paper, T):
    with pytest.raises(InputError, match="sampler.temperature.T"):
        mix("temperature", paper, T=T)


@pytest.mark.parametrize(("pass_size", "expected"), [("literal", 480_392), ("union", 1_921_568)])
def test_balanced_pass_has_the_size_of_its_reading(paper, pass_size, expected):
    assert mix("balanced", paper, pass_size=pass_size).pass_size == expected


@pytest.mark.parametrize("pass_size", ["literal", "union"])
def test_balanced_draws_a_quarter_from_each_language(paper, pass_size):
    mixture = mix("balanced", paper, pass_size=pass_size)
    drawn = by_language(paper, draws(mixture, paper))
    assert {count / mixture.pass_size for count in drawn.values()} == {0.25}


def test_balanced_gives_corpora_of_a_language_the_same_share(paper):
    shares = mix("balanced", paper, pass_size="literal").shares
    assert shares == pytest.approx([1 / 8] * 2 + [1 / 16] * 8 + [1 / 8] * 2)


def test_balanced_literal_pass_repeats_small_corpora_as_the_paper_implies(paper):
    drawn = draws(mix("balanced", paper, pass_size="literal"), paper)
    repeats = {
        corpus.key: count / corpus.utterances for corpus, count in zip(paper, drawn, strict=True)
    }
    assert repeats["fleurs_ta"] == pytest.approx(12.7, abs=0.05)
    assert repeats["fleurs_ms"] == pytest.approx(22.5, abs=0.05)
    assert repeats["slr127"] == pytest.approx(0.43, abs=0.005)


def test_balanced_copies_are_those_of_both_stages_multiplied(paper):
    copies = mix("balanced", paper, pass_size="literal").copies
    # FLEURS Malay: ceil(17851 / 2667) in its language, ceil(120098 / 17851) between languages.
    assert copies[-1] == 7 * 7


def test_largest_remainder_has_the_odd_draw():
    corpora = [Corpus(key, key, 1) for key in "abc"]
    assert draws(Mixture((0.26, 0.37, 0.37), 10), corpora) == (2, 4, 4)


def test_of_equal_remainders_the_first_has_the_draw():
    corpora = [Corpus(key, key, 1) for key in "abc"]
    assert draws(Mixture((1 / 3, 1 / 3, 1 / 3), 4), corpora) == (2, 1, 1)


def test_odd_draws_do_not_move_between_languages():
    corpora = [Corpus(key, language, 1) for key, language in zip("abcd", "xxyy", strict=True)]
    assert draws(Mixture((0.25,) * 4, 6), corpora) == (2, 1, 2, 1)
