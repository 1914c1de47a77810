from dataclasses import replace

import pytest

from plion.scoring.confusion import Teller, confusion
from plion.text.shipped import SHIPPED

TELLER = Teller()

ENGLISH = [
    "the quick brown fox jumps over the lazy dog",
    "please turn to page nineteen",
    "we will meet at the station tomorrow morning",
    "DOCTOR WANTS YELLOW NOODLES",
    "can you help me or not",
]
MALAY = [
    "saya hendak pergi ke pasar pagi ini",
    "kanak-kanak itu bermain di padang",
    "berapakah harga sayur ini",
    "kami akan berjumpa di stesen esok",
    "DIA MEMBACA BUKU DI RUMAH",
]


@pytest.mark.parametrize(("texts", "language"), [(ENGLISH, "en"), (MALAY, "ms")])
def test_english_and_malay_are_told_apart_by_their_letters(texts, language):
    assert [TELLER.told(text) for text in texts] == [language] * len(texts)


@pytest.mark.parametrize(
    ("text", "language"),
    [("今天老师", "zh"), ("வணக்கம்", "ta"), ("привет", "other"), ("", "untold"), ("42", "untold")],
)
def test_other_languages_are_told_by_their_script(text, language):
    assert TELLER.told(text) == language


def test_latin_letters_that_tell_nothing_are_of_no_language():
    assert TELLER.told("x") == "untold"


@pytest.mark.parametrize(
    ("name", "language"),
    [("Chinese", "zh"), ("english", "en"), ("ms", "ms"), ("Hindi", "other"), ("", None)],
)
def test_named_language_is_a_key(name, language):
    assert TELLER.named(name) == language


def test_what_the_model_names_comes_before_what_it_says():
    found = confusion(["ta", "ta"], ["Tamil", None], ["今天", "今天"], TELLER)
    assert found.counts == {"ta": {"ta": 1, "zh": 1}}
    assert found.named == {"ta": 1}


def test_confused_are_those_of_another_language_and_not_the_untold():
    found = confusion(
        ["en", "zh", "zh", "ta"],
        [None] * 4,
        ["the weather is nice", "", "vanakkam", "Привет"],
        TELLER,
    )
    assert (found.utterances, found.confused) == (4, 2)


def test_languages_are_in_the_projects_order():
    assert list(confusion(["ms", "en"], [None, None], ["", ""], TELLER).counts) == ["en", "ms"]


def test_cantonese_is_not_taken_for_mandarin_by_its_script():
    teller = Teller([SHIPPED["yue"]])
    assert teller.heard == ("en", "zh", "ta", "ms", "yue", "other", "untold")
    assert teller.told("我哋聽日一齊去食嘢啦，佢哋都唔知喺邊度") == "yue"
    assert teller.told("我们明天一起去吃饭，他们都不知道在哪里") == "zh"
    assert teller.named("Cantonese") == "yue"


def test_languages_of_one_script_that_the_identifier_does_not_know_are_not_told_apart():
    teller = Teller([replace(SHIPPED["yue"], key="nan", name="Hokkien")])
    assert teller.told("我们明天一起去吃饭") == "untold"
    assert teller.told("the quick brown fox jumps over the lazy dog") == "en"
    assert "Chinese and Hokkien have one script and are not told apart" in teller.described([], [])


def test_a_language_in_use_is_told_by_its_own_script():
    assert TELLER.told("สวัสดีครับ") == "other" != Teller([SHIPPED["th"]]).told("สวัสดีครับ") == "th"
    assert Teller([SHIPPED["ja"]]).told("東京へ行きます") == "ja"


def test_how_the_papers_languages_are_told_is_said_as_ever():
    assert TELLER.described([], []) == ("by script, and English and Malay by py3langid")
