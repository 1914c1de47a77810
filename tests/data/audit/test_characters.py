"""Letters of other scripts and characters that cannot be seen, language by language."""

import pytest

from plion.data.audit.characters import foreign, has_digit, mixed_in, shown, special, unseen
from plion.text.shipped import SHIPPED


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Naïve café, don't – 2.5 %!", "en"),
        ("Kanak-kanak “itu” RM5", "ms"),
        ("今天，我们去 KTV。〇々", "zh"),
        ("அம்மா வீட்டில் பார்த்தாள்; OK?", "ta"),
        ("நி\u0bcd", "ta"),
        ("e\u0301", "en"),  # a combining accent is of no one script
    ],
)
def test_what_is_common_in_a_language_is_not_foreign(text: str, language: str) -> None:
    assert foreign(text, SHIPPED[language]) == []


@pytest.mark.parametrize(
    ("text", "language", "letters"),
    [
        ("the cаt", "en", ["а"]),  # a Cyrillic letter in a Latin word
        ("rumah வீடு", "ms", ["வ", "ீ", "ட", "ு"]),
        ("今天カラ오", "zh", ["カ", "ラ", "오"]),
        ("வீடு मे", "ta", ["म", "े"]),
        ("书", "en", ["书"]),
    ],
)
def test_letters_and_marks_of_another_script_are_foreign(
    text: str, language: str, letters: list[str]
) -> None:
    assert foreign(text, SHIPPED[language]) == letters


def test_latin_letters_are_mixed_in_where_they_are_not_the_script() -> None:
    assert mixed_in("去KTV", SHIPPED["zh"]) == ["K", "T", "V"]
    assert mixed_in("வீடு ok", SHIPPED["ta"]) == ["o", "k"]
    assert mixed_in("kitchen", SHIPPED["en"]) == mixed_in("rumah", SHIPPED["ms"]) == []


@pytest.mark.parametrize(
    "character", ["\t", "\n", "\x00", "\u200b", "\u200c", "\ufeff", "\u00ad", "\ufffd", "\u2028"]
)
def test_control_zero_width_and_replacement_characters_are_unseen(character: str) -> None:
    assert unseen(f"a{character}b") == [character]


def test_spaces_letters_and_marks_are_seen() -> None:
    assert unseen("Ein Wort\u00a0mehr\u3000வீடு 今天") == []


@pytest.mark.parametrize("text", ["room 12", "１", "௩"])
def test_digits_of_any_script_are_digits(text: str) -> None:
    assert has_digit(text)


def test_spelled_numerals_are_not_digits() -> None:
    assert not has_digit("twelve 十二")


@pytest.mark.parametrize(
    ("character", "told"),
    [("K", "K"), ("д", "д U+0434"), ("\u200b", "U+200B ZERO WIDTH SPACE"), ("\x00", "U+0000")],
)
def test_a_character_is_told_so_that_it_can_be_found(character: str, told: str) -> None:
    assert shown(character) == told


def test_what_is_spelled_like_a_special_token_is_found() -> None:
    written = "a <|audio_pad|> b<|im_end|> <asr_text> c </think> <|0.26|>"
    assert special(written) == ["<|audio_pad|>", "<|im_end|>", "<asr_text>", "</think>", "<|0.26|>"]
    assert special("a < b | c > d, <SPK/> ** <3 <- <a tag>") == []
