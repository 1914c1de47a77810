import pytest

from plion.text.scripts import script


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the cat", "Latin"),
        ("kanak-kanak", "Latin"),
        ("我们", "Han"),
        ("தமிழ் மொழி", "Tamil"),
        ("привет", "other"),
        ("नमस्ते", "other"),
    ],
)
def test_script_of_a_text(text, expected):
    assert script(text) == expected


@pytest.mark.parametrize("text", ["", " ", "123", "?!"])
def test_without_a_letter_there_is_no_script(text):
    assert script(text) is None


def test_a_long_latin_name_does_not_outweigh_a_han_sentence():
    assert script("我在 Tanjong 等你") == "Han"


def test_a_vowel_sign_of_its_own_is_tamil():
    assert script("\u0bbe") == "Tamil"


def test_of_as_many_words_the_expected_script_wins():
    assert script("தமிழ் language", "Tamil") == "Tamil"
    assert script("language தமிழ்", "Tamil") == "Tamil"
    assert script("language தமிழ்") == "Latin"


def test_expected_script_that_is_not_there_does_not_win():
    assert script("hello", "Han") == "Latin"
