"""Policies: what every one must hold to, then what each one promises."""

from collections import Counter

import pytest

from plion.errors import InputError
from plion.sampling.mixture import Statistics, mix
from plion.sampling.policies import (
    Balanced,
    Fixed,
    Proportional,
    Temperature,
    TwoLevel,
    Uniform,
    Unimax,
)
from plion.sampling.policy import Copies, Corpus

LEVELS = ["language", "corpus", "both"]
ORDERS = ["corpus_language", "language_corpus"]


def by_language(corpora, mixture):
    total = Counter()
    for corpus, share in zip(corpora, mixture.shares, strict=True):
        total[corpus.language] += share
    return dict(total)


@pytest.mark.parametrize("corpora", ["by_utterances", "by_hours"])
@pytest.mark.parametrize(
    "limit",
    [
        *(Temperature(1.0, level) for level in LEVELS),
        *(TwoLevel(1.0, 1.0, order) for order in ORDERS),
        Unimax(1.0),
    ],
)
def test_at_one_end_a_policy_is_proportional(request, corpora, limit):
    corpora = request.getfixturevalue(corpora)
    assert limit.mixture(corpora).shares == pytest.approx(Proportional().mixture(corpora).shares)


@pytest.mark.parametrize(
    "limit",
    [
        Temperature(1e6, "language"),
        Temperature(1e6, "both"),
        TwoLevel(1, 0, "language_corpus"),
        Unimax(100.0),
        Balanced("literal"),
    ],
)
def test_at_the_other_end_languages_are_equal(by_utterances, limit):
    shares = by_language(by_utterances, limit.mixture(by_utterances))
    assert list(shares.values()) == pytest.approx([0.25] * 4, abs=1e-4)


@pytest.mark.parametrize("level", LEVELS)
def test_the_smallest_grows_with_temperature(by_utterances, level):
    ends = [
        Temperature(T=T, level=level).mixture(by_utterances).shares
        for T in (0.5, 1, 2, 3, 5, 10, 100)
    ]
    smallest = {"language": "ms", "corpus": "fleurs_ta", "both": "fleurs_ms"}[level]
    own = [
        sum(
            s for c, s in zip(by_utterances, shares, strict=True) if smallest in (c.key, c.language)
        )
        for shares in ends
    ]
    assert own == sorted(set(own))


def test_a_corpus_temperature_makes_corpora_equal_at_last(by_utterances):
    shares = Temperature(T=1e6, level="corpus").mixture(by_utterances).shares
    assert shares == pytest.approx(Uniform().mixture(by_utterances).shares, abs=1e-4)


def test_a_temperature_at_both_levels_is_balanced_at_last(by_utterances):
    shares = Temperature(T=1e6, level="both").mixture(by_utterances).shares
    assert shares == pytest.approx(Balanced("literal").mixture(by_utterances).shares, abs=1e-4)


def test_a_low_temperature_leaves_only_the_largest_language(by_utterances):
    shares = by_language(by_utterances, Temperature(T=0.001).mixture(by_utterances))
    assert shares["zh"] == pytest.approx(1)


def test_temperature_is_a_power_of_the_sizes_at_its_level():
    corpora = [Corpus("a", "en", 800), Corpus("b", "en", 100), Corpus("c", "ms", 100)]
    assert Temperature(T=2.0).mixture(corpora).shares == pytest.approx((2 / 3, 1 / 12, 1 / 4))
    root = 8**0.5
    whole = root + 1 + 1
    assert Temperature(T=2.0, level="corpus").mixture(corpora).shares == pytest.approx(
        (root / whole, 1 / whole, 1 / whole)
    )
    assert Temperature(T=2.0, level="both").mixture(corpora).shares == pytest.approx(
        (3 / 4 * root / (root + 1), 3 / 4 / (root + 1), 1 / 4)
    )


@pytest.mark.parametrize("T", [0.0, -1.0, float("nan"), float("inf")])
def test_temperature_must_be_positive_and_finite(paper, T):
    with pytest.raises(InputError, match="sampler.temperature.T must be a"):
        mix(Temperature(T=T), paper)


@pytest.mark.parametrize(
    ("corpora", "T", "en", "zh", "ta", "ms"),
    [
        ("by_utterances", 1, 0.268, 0.438, 0.251, 0.043),
        ("by_hours", 1, 0.317, 0.332, 0.275, 0.075),
        ("by_utterances", 3.33, 0.269, 0.312, 0.264, 0.155),
        ("by_hours", 3.33, 0.276, 0.280, 0.265, 0.179),
    ],
)
def test_temperature_of_the_paper_by_utterances_and_hours(request, corpora, T, en, zh, ta, ms):
    corpora = request.getfixturevalue(corpora)
    shares = by_language(corpora, Temperature(T=T).mixture(corpora))
    assert shares == pytest.approx({"en": en, "zh": zh, "ta": ta, "ms": ms}, abs=0.0006)


def test_unimax_of_the_paper_repeats_malay_four_times(by_utterances):
    mixture = Unimax(epochs=4).mixture(by_utterances)
    shares = by_language(by_utterances, mixture)
    assert shares == pytest.approx({"en": 0.276, "zh": 0.276, "ta": 0.276, "ms": 0.171}, abs=5e-4)
    assert mixture.amount == pytest.approx(479_364)


def test_unimax_shares_out_what_small_languages_leave():
    corpora = [Corpus("a", "en", 70), Corpus("b", "zh", 20), Corpus("c", "ms", 10)]
    # Of 100: c has 2 x 10; half of the other 80 is 40 for b, its cap too; a has what is left.
    assert Unimax(epochs=2).mixture(corpora).shares == pytest.approx((0.4, 0.4, 0.2))


def test_unimax_with_too_few_epochs_has_a_shorter_pass():
    corpora = [Corpus("a", "en", 70), Corpus("b", "zh", 30)]
    mixture = Unimax(epochs=0.5).mixture(corpora)
    assert mixture.amount == pytest.approx(50)
    assert mixture.shares == pytest.approx((0.7, 0.3))


@pytest.mark.parametrize("epochs", [0.0, -1.0, float("nan"), float("inf")])
def test_unimax_epochs_must_be_positive_and_finite(paper, epochs):
    with pytest.raises(InputError, match="sampler.unimax.epochs must be a"):
        mix(Unimax(epochs=epochs), paper)


# Square roots by hand: corpus a of 100 in two languages and corpus b of 64; English 100, Malay 64.
SQUARES = [Corpus("a_en", "en", 36), Corpus("a_ms", "ms", 64), Corpus("b_en", "en", 64)]


@pytest.mark.parametrize(
    ("order", "corpus_exponent", "language_exponent", "expected"),
    [
        # Omnilingual's halves: corpora 10 to 8, in a languages 6 to 8; then languages first.
        ("corpus_language", 0.5, 0.5, (5 / 21, 20 / 63, 4 / 9)),
        ("language_corpus", 0.5, 0.5, (5 / 21, 4 / 9, 20 / 63)),
        # MMS's beta_D and beta_L apart: only the corpora are smoothed, only the languages.
        ("corpus_language", 0.5, 1.0, (0.2, 16 / 45, 4 / 9)),
        ("corpus_language", 1.0, 0.5, (100 / 164 * 6 / 14, 100 / 164 * 8 / 14, 64 / 164)),
        ("language_corpus", 0.5, 1.0, (100 / 164 * 6 / 14, 64 / 164, 100 / 164 * 8 / 14)),
        ("language_corpus", 1.0, 0.5, (0.2, 4 / 9, 16 / 45)),
        # All alike at both levels.
        ("corpus_language", 0.0, 0.0, (1 / 4, 1 / 4, 1 / 2)),
        ("language_corpus", 0.0, 0.0, (1 / 4, 1 / 2, 1 / 4)),
    ],
)
def test_two_level_is_a_power_law_at_each_level(
    order, corpus_exponent, language_exponent, expected
):
    shares = TwoLevel(corpus_exponent, language_exponent, order).mixture(SQUARES).shares
    assert shares == pytest.approx(expected)


@pytest.mark.parametrize("name", ["corpus_exponent", "language_exponent"])
@pytest.mark.parametrize("exponent", [-0.1, float("nan"), float("inf")])
def test_exponents_must_not_be_negative(paper, name, exponent):
    given = {"corpus_exponent": 1.0, "language_exponent": 1.0, name: exponent}
    with pytest.raises(InputError, match=f"sampler.two_level.{name} must be "):
        mix(TwoLevel(order="corpus_language", **given), paper)


def test_uniform_is_the_same_for_every_corpus(by_utterances):
    assert Uniform().mixture(by_utterances).shares == (1 / 12,) * 12


def test_balanced_gives_corpora_of_a_language_the_same_share(by_utterances):
    shares = Balanced(pass_size="literal").mixture(by_utterances).shares
    assert shares == pytest.approx([1 / 8] * 2 + [1 / 16] * 8 + [1 / 8] * 2)


@pytest.mark.parametrize(("pass_size", "expected"), [("literal", 480_392), ("union", 1_921_568)])
def test_balanced_pass_has_the_size_of_its_reading(by_utterances, pass_size, expected):
    assert Balanced(pass_size=pass_size).mixture(by_utterances).amount == expected


def test_balanced_copies_in_two_stages(by_utterances):
    copies = Balanced(pass_size="literal").mixture(by_utterances).copies
    # FLEURS Malay: 17851 of ceil(17851 / 2667) in its language, ceil(120098 / 17851) between them.
    assert copies[-1] == Copies(first=7, kept=17_851 / 2667, second=7)


def test_fixed_weights_are_relative_to_each_other():
    assert Fixed({"a_en": 1, "a_ms": 5, "b_en": 4}).mixture(SQUARES).shares == pytest.approx(
        (0.1, 0.5, 0.4)
    )


def test_a_language_weight_is_shared_by_size():
    shares = Fixed({"en": 1, "ms": 1}).mixture(SQUARES).shares
    assert shares == pytest.approx((0.18, 0.5, 0.32))


def test_a_language_weight_is_for_the_corpora_without_their_own():
    assert Fixed({"en": 2, "ms": 1, "b_en": 1}).mixture(SQUARES).shares == pytest.approx(
        (0.5, 0.25, 0.25)
    )


def test_weights_may_be_as_large_as_a_float():
    assert Fixed({"en": 1e308, "ms": 1e308}).mixture(SQUARES).shares == pytest.approx(
        (0.18, 0.5, 0.32)
    )


def test_a_weight_of_0_leaves_out():
    assert Fixed({"en": 1, "ms": 0}).mixture(SQUARES).shares[1] == 0


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"en": 1, "ms": 1, "b_em": 1}, r"weights\.b_em is the weight of no .* mean 'b_en'"),
        ({"en": 1, "a_en": 1, "b_en": 1, "ms": 1}, r"weights\.en is the weight of no corpus"),
        ({"en": 1}, "none for 'a_ms' or its language 'ms'"),
        ({"en": 1, "ms": -1}, r"weights\.ms must be 0 or more, not -1"),
        ({"en": 1, "ms": float("inf")}, r"weights\.ms must be a finite number, not inf"),
        ({"en": 0, "ms": 0}, "are all 0"),
        ({}, "none for 'a_en'"),
    ],
)
def test_weights_that_do_not_fit_the_corpora_are_refused(weights, message):
    corpora = [Statistics(one.key, one.language, one.size, 1.0) for one in SQUARES]
    with pytest.raises(InputError, match=message):
        mix(Fixed(weights), corpora)
