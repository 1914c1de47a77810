"""Draws: whole, near the shares in every unit, capped where a cap is set."""

from collections import Counter

import pytest

from plion.errors import InputError
from plion.sampling.mixture import Statistics, mix
from plion.sampling.policies import Balanced, Fixed, Proportional, Temperature, Uniform, Unimax

UNITS = ["utterances", "hours", "tokens"]
every_unit = pytest.mark.parametrize("unit", UNITS)


def equal(*counts, languages=None):
    """Corpora of so many utterances of 3 s, each a language of its own or as given."""
    languages = languages or [f"l{i}" for i in range(len(counts))]
    return [
        Statistics(f"c{i}", language, count, count * 3 / 3600)
        for i, (count, language) in enumerate(zip(counts, languages, strict=True))
    ]


@every_unit
def test_proportional_draws_every_utterance_alike(paper, unit):
    assert mix(Proportional(), paper, unit).counts == tuple(row.utterances for row in paper)


def test_shares_are_of_the_unit_and_not_of_the_draws():
    corpora = [Statistics("short", "en", 100, 1.0), Statistics("long", "ms", 100, 4.0)]
    assert mix(Uniform(), corpora, "hours").counts == (250, 62)  # 2.5 h of each
    assert mix(Uniform(), corpora, "utterances").counts == (100, 100)


@pytest.mark.parametrize("pass_size", ["literal", "union"])
def test_balanced_draws_a_quarter_from_each_language(paper, pass_size):
    counts = mix(Balanced(pass_size=pass_size), paper).counts
    drawn = Counter()
    for row, count in zip(paper, counts, strict=True):
        drawn[row.language] += count
    assert {4 * count for count in drawn.values()} == {sum(counts)}


def test_balanced_literal_pass_repeats_small_corpora_as_the_paper_implies(paper):
    counts = mix(Balanced(pass_size="literal"), paper).counts
    repeats = {row.key: count / row.utterances for row, count in zip(paper, counts, strict=True)}
    assert repeats["fleurs_ta"] == pytest.approx(12.7, abs=0.05)
    assert repeats["fleurs_ms"] == pytest.approx(22.5, abs=0.05)
    assert repeats["slr127"] == pytest.approx(0.43, abs=0.005)


@pytest.mark.parametrize("pass_size", ["literal", "union"])
def test_balanced_copies_hold_the_draws(paper, pass_size):
    drawn = mix(Balanced(pass_size=pass_size), paper)
    for copies, count, row in zip(drawn.copies, drawn.counts, paper, strict=True):
        assert copies.kept * copies.second * row.utterances >= count - 1e-6
        assert copies.first >= copies.kept


@every_unit
def test_no_corpus_is_repeated_above_the_cap(paper, unit):
    counts = mix(Balanced(pass_size="literal"), paper, unit, max_repeats=3.5).counts
    for count, row in zip(counts, paper, strict=True):
        assert count < 3.5 * row.utterances + 1


def test_what_a_capped_corpus_gives_up_goes_to_the_others_by_their_shares():
    corpora = equal(10, 100, 100)
    weights = {"c0": 2, "c1": 1, "c2": 2}  # of 210: 84, 42, 84
    # c0 may have 20: 190 are left for shares of 1 to 2.
    assert mix(Fixed(weights=weights), corpora, max_repeats=2).counts == (20, 63, 127)


def test_a_corpus_that_the_rest_lifts_above_its_cap_is_capped_too():
    corpora = equal(10, 40, 100)
    # Even shares of 150 are 50 each; c0 at 15 leaves 67.5 each, above the 60 of c1.
    assert mix(Uniform(), corpora, max_repeats=1.5).counts == (15, 60, 75)


def test_where_all_are_capped_the_pass_is_shorter():
    assert mix(Uniform(), equal(10, 40), max_repeats=0.5).counts == (5, 20)


def test_a_corpus_that_is_left_out_takes_nothing_of_the_rest():
    drawn = mix(Fixed(weights={"c0": 1, "c1": 0}), equal(10, 40), max_repeats=2)
    assert drawn.counts == (20, 0)


def test_a_cap_that_nothing_reaches_changes_nothing(paper):
    assert mix(Temperature(T=3.0), paper, max_repeats=100) == mix(Temperature(T=3.0), paper)


@pytest.mark.parametrize(
    ("policy", "cap", "named"),
    [
        (Proportional(), 1e-9, "raise sampler.max_repeats$"),
        (Unimax(1e-9), None, "raise sampler.unimax.epochs$"),
        (Unimax(1.0), 1e-9, "raise sampler.max_repeats$"),
    ],
)
def test_a_cap_that_leaves_nothing_is_named(mini, policy, cap, named):
    with pytest.raises(InputError, match=f"a pass draws no utterance; {named}"):
        mix(policy, mini, max_repeats=cap)


@pytest.mark.parametrize("cap", [0.0, -1.0, float("nan")])
def test_a_cap_that_is_not_positive_is_refused(mini, cap):
    with pytest.raises(InputError, match="sampler.max_repeats"):
        mix(Proportional(), mini, max_repeats=cap)


def test_largest_remainder_has_the_odd_draw():
    weights = {"c0": 26, "c1": 37, "c2": 37}
    assert mix(Fixed(weights=weights), equal(4, 3, 3)).counts == (2, 4, 4)


def test_of_equal_remainders_the_first_has_the_draw():
    assert mix(Uniform(), equal(2, 1, 1)).counts == (2, 1, 1)


def test_odd_draws_do_not_move_between_languages():
    corpora = equal(1, 1, 1, 3, languages=["x", "x", "y", "y"])
    assert mix(Uniform(), corpora).counts == (2, 1, 2, 1)


def test_remainders_equal_on_paper_are_equal():
    corpora = equal(1, 1, 1, 4, languages=["x", "x", "x", "y"])
    # 3.5 each, of which the first has the odd draw, though three sixths are not quite a half.
    assert mix(Fixed(weights={"x": 1, "y": 1}), corpora).counts == (2, 1, 1, 3)


def test_a_unit_that_is_not_counted_is_refused_by_the_corpus():
    corpora = [Statistics("nsc", "en", 10, 1.0, 50.0), Statistics("slr65", "ta", 10, 1.0)]
    with pytest.raises(InputError, match="unit is 'tokens', but tokens of 'slr65' are not counted"):
        mix(Proportional(), corpora, "tokens")


def test_a_unit_of_which_a_corpus_has_none_is_refused():
    with pytest.raises(InputError, match="'hours', but corpus 'nsc' has no hours"):
        mix(Proportional(), [Statistics("nsc", "en", 10, 0.0)], "hours")
