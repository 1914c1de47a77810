import pytest

from plion.scoring.confusion import confusion, named_language, told

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
    assert [told(text) for text in texts] == [language] * len(texts)


@pytest.mark.parametrize(
    ("text", "language"),
    [("今天老师", "zh"), ("வணக்கம்", "ta"), ("привет", "other"), ("", "untold"), ("42", "untold")],
)
def test_other_languages_are_told_by_their_script(text, language):
    assert told(text) == language


def test_latin_letters_that_tell_nothing_are_of_no_language():
    assert told("x") == "untold"


@pytest.mark.parametrize(
    ("name", "language"),
    [("Chinese", "zh"), ("english", "en"), ("ms", "ms"), ("Hindi", "other"), ("", None)],
)
def test_named_language_is_a_key(name, language):
    assert named_language(name) == language


def test_what_the_model_names_comes_before_what_it_says():
    found = confusion(["ta", "ta"], ["Tamil", None], ["今天", "今天"])
    assert found.counts == {"ta": {"ta": 1, "zh": 1}}
    assert found.named == {"ta": 1}


def test_confused_are_those_of_another_language_and_not_the_untold():
    found = confusion(
        ["en", "zh", "zh", "ta"], [None] * 4, ["the weather is nice", "", "vanakkam", "Привет"]
    )
    assert (found.utterances, found.confused) == (4, 2)


def test_languages_are_in_the_projects_order():
    assert list(confusion(["ms", "en"], [None, None], ["", ""]).counts) == ["en", "ms"]
