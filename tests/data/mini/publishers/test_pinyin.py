"""The pinyin table beside the words that mini12 speaks."""

import pytest
import regex

from plion.data.mini.publishers.pinyin import pinyin
from plion.data.mini.speech.words import WORDS


@pytest.mark.parametrize("word", [word for group in WORDS["zh"] for word in group])
def test_every_character_of_the_words_has_a_toned_syllable(word: str) -> None:
    syllables = pinyin(word)
    assert len(syllables) == len(word)
    assert all(regex.fullmatch("[a-z]+[1-5]", syllable) for syllable in syllables)
