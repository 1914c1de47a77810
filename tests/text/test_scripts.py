import pytest

from plion.text.scripts import OTHER, fitting, script
from plion.text.shipped import SHIPPED, candidates

WRITINGS = [row.script for row in candidates([])]


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
    assert script(text, WRITINGS) == (expected,)


@pytest.mark.parametrize("text", ["", " ", "123", "?!"])
def test_without_a_letter_there_is_no_script(text):
    assert script(text, WRITINGS) is None


def test_a_long_latin_name_does_not_outweigh_a_han_sentence():
    assert script("我在 Tanjong 等你", WRITINGS) == ("Han",)


def test_a_vowel_sign_of_its_own_is_tamil():
    assert script("\u0bbe", WRITINGS) == ("Tamil",)


def test_of_as_many_words_the_expected_script_wins():
    assert script("தமிழ் language", WRITINGS, ("Tamil",)) == ("Tamil",)
    assert script("language தமிழ்", WRITINGS, ("Tamil",)) == ("Tamil",)
    assert script("language தமிழ்", WRITINGS) == ("Latin",)


def test_expected_script_that_is_not_there_does_not_win():
    assert script("hello", WRITINGS, ("Han",)) == ("Latin",)


def test_japanese_has_three_scripts_and_mandarin_one_of_them():
    both = [SHIPPED[key].script for key in ("zh", "ja")]
    assert script("東京へ行きます", both) == SHIPPED["ja"].script
    assert script("我们去东京", both) == ("Han",)
    assert script("東京", both, SHIPPED["ja"].script) == SHIPPED["ja"].script
    assert fitting("東京", both) == both
    assert script("ラーメン", WRITINGS) == (OTHER,)


def test_thai_counts_by_letters_beside_a_latin_name():
    thai = SHIPPED["th"].script
    assert script("ผมชอบ Google Maps มาก", [*WRITINGS, thai]) == thai
