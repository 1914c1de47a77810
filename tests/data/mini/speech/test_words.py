"""The words of mini12 and the sentences made of them."""

from itertools import combinations

import numpy as np
import pytest

from plion.data.mini.speech.words import (
    BASE_BUCKETS,
    ORDER,
    WORDS,
    Sentence,
    sentence,
    split_buckets,
    wording,
)
from plion.text.shipped import PAPER

SPLITS = ("train", "valid", "test")


def sentences(language: str, split: str, count: int = 300) -> set[Sentence]:
    rng = np.random.default_rng(0)
    words = wording(language, (2, 5), 1.0, rng)
    buckets = split_buckets(split) if split in SPLITS else BASE_BUCKETS
    return {sentence(words, buckets, rng) for _ in range(count)}


@pytest.mark.parametrize("language", PAPER)
def test_a_language_has_20_to_40_words_each_once(language: str) -> None:
    words = [word for group in WORDS[language] for word in group]
    assert 20 <= len(words) <= 40 and len(set(words)) == len(words)


def test_no_word_belongs_to_two_languages() -> None:
    words = {key: {word for group in WORDS[key] for word in group} for key in WORDS}
    assert all(not words[a] & words[b] for a, b in combinations(words, 2))


@pytest.mark.parametrize("language", PAPER)
def test_no_sentence_is_in_two_splits_nor_in_the_base_corpora(language: str) -> None:
    drawn = {split: sentences(language, split) for split in (*SPLITS, "base")}
    assert all(not drawn[a] & drawn[b] for a, b in combinations(drawn, 2))


@pytest.mark.parametrize("language", PAPER)
def test_a_sentence_goes_round_in_the_languages_order(language: str) -> None:
    group_of = {word: n for n, group in enumerate(WORDS[language]) for word in group}
    order = ORDER[language]
    for words in sentences(language, "train", 50):
        first = order.index(group_of[words[0]])
        round_trip = [order[(first + step) % len(order)] for step in range(len(words))]
        assert [group_of[word] for word in words] == round_trip


def test_sentences_are_of_every_length_asked_for() -> None:
    assert {len(words) for words in sentences("ms", "train")} == {2, 3, 4, 5}


def test_a_single_word_is_drawn_whatever_its_hundredth() -> None:
    rng = np.random.default_rng(0)
    words = wording("en", (1, 1), 1.0, rng)
    drawn = {sentence(words, BASE_BUCKETS, rng) for _ in range(1000)}
    assert drawn == {(word,) for group in WORDS["en"] for word in group}


def test_a_corpus_uses_its_part_of_every_group() -> None:
    words = wording("ta", (3, 5), 0.5, np.random.default_rng(0))
    for own, group in zip(words.groups, WORDS["ta"], strict=True):
        assert set(own) < set(group) and len(own) in (2, 3)


def test_another_corpus_uses_another_part() -> None:
    first, second = (wording("ta", (3, 5), 0.5, np.random.default_rng(seed)) for seed in (0, 1))
    assert first.groups != second.groups
