"""Against NIST's own program: sctk/ holds texts, what it made of them, and the command."""

import re
from pathlib import Path

import pytest

from plion.scoring.statistics.mapsswe import Alignment, Segment, align, matched_pairs, segments

SCTK = Path(__file__).parent / "sctk"


def transcripts(name):
    """Tokens by utterance, as sclite orders them does not matter: words, in `han` characters."""
    lines = (SCTK / f"{name}.trn").read_text(encoding="utf-8").splitlines()
    texts = dict(reversed(line.rstrip(")").rsplit("(", 1)) for line in lines)
    return {id: list(text.strip()) if "han" in name else text.split() for id, text in texts.items()}


def aligned(name):
    references = transcripts(f"{name}.ref")
    systems = [transcripts(f"{name}.{system}") for system in ("first", "second")]
    return [[align(words, said[id]) for id, words in references.items()] for said in systems]


def found(name):
    return [
        (one.words, one.first, one.second)
        for pair in zip(*aligned(name), strict=True)
        for one in segments(*pair)
    ]


def test_segments_of_words_are_those_found_by_hand():
    assert found("words") == [
        (4, 1, 0),  # sat on THE mat: the end of the utterance bounds it too
        (4, 1, 0),  # one TWO three four
        (5, 0, 1),  # three four FIVE six seven: the words between two errors bound both
        (4, 1, 0),  # six seven EIGHT nine
        (2, 0, 2),  # morning all + now then
        (5, 2, 1),  # we + do GO home NOW ok: one word right does not end it
    ]


def test_segments_of_han_characters_are_those_found_by_hand():
    assert found("han") == [
        (5, 1, 0),  # 天天气很好
        (2, 0, 1),  # 很好 + 吗
        (5, 1, 1),  # 明天去学校
        (3, 1, 0),  # 校看书
        (3, 0, 1),  # 他说谢
        (3, 0, 1),  # 谢谢你
        (4, 1, 0),  # 老师喜欢
        (3, 1, 0),  # 欢喝 + 茶 茶
    ]


def test_statistics_are_those_found_by_hand():
    # Differences 1, 1, -1, 1, -2, 1: mean 1/6, variance (9 - 1/6) / 5, z mean / sqrt(variance / 6).
    made = matched_pairs(*aligned("words"))
    assert made.segments == 6
    assert made.mean == pytest.approx(1 / 6)
    assert made.deviation == pytest.approx((53 / 30) ** 0.5)
    assert made.z == pytest.approx(1 / 6 / (53 / 180) ** 0.5)
    assert made.p == pytest.approx(0.7587, abs=1e-4)


@pytest.mark.parametrize("name", ["words", "han", "many"])
def test_figures_are_those_that_nists_program_prints(name):
    printed = (SCTK / f"{name}.mapsswe").read_text(encoding="utf-8")
    rows, made = found(name), matched_pairs(*aligned(name))
    totals = [sum(column) for column in zip(*rows, strict=True)]
    assert re.search(r"Totals +(\d+) +(\d+) +(\d+)", printed).groups() == tuple(map(str, totals))
    assert f"(# segs: {made.segments})" in printed
    assert f"(mean: {made.mean:5.3f}) (std dev: {made.deviation:5.3f})" in printed
    assert f"(Z Stat: {made.z:5.3f})" in printed


def test_systems_changed_about_change_the_sign_alone():
    first, second = aligned("many")
    one, other = matched_pairs(first, second), matched_pairs(second, first)
    assert (one.segments, one.z, one.p) == (other.segments, -other.z, other.p)


def test_substitution_costs_less_than_a_deletion_and_an_insertion():
    assert align(["a"], ["b"]) == Alignment((False,), (0, 0))


def test_two_gaps_cost_less_than_two_substitutions_where_a_word_matches():
    assert align(["a", "b"], ["b", "c"]) == Alignment((False, True), (0, 0, 1))


def test_of_two_like_words_the_last_is_the_one_that_was_meant():
    assert align(["a"], ["a", "a"]) == Alignment((True,), (1, 0))


def test_empty_hypothesis_and_empty_reference():
    assert align(["a", "b"], []) == Alignment((False, False), (0, 0, 0))
    assert align([], ["a", "b"]) == Alignment((), (2,))


def test_words_on_an_empty_reference_are_a_segment():
    assert list(segments(align([], ["a"]), align([], []))) == [Segment(0, 1, 0)]


def test_without_errors_there_is_nothing_to_test():
    made = matched_pairs([align(["a"], ["a"])], [align(["a"], ["a"])])
    assert (made.segments, made.z, made.p) == (0, 0, 1)


def test_differences_that_do_not_vary_have_no_z():
    right, wrong = align(["a"], ["a"]), align(["a"], ["b"])
    made = matched_pairs([wrong] * 3, [right] * 3)
    assert (made.segments, made.mean, made.z, made.p) == (3, 1, None, None)
