import pytest

from plion.scoring.counts import count
from plion.scoring.faults import by_script, faults
from plion.text.evalkit import collapse_repetitions
from plion.text.shipped import SHIPPED


def found(references, texts, language="en", metric="wer"):
    return faults(
        references, texts, SHIPPED[language], count(references, texts, SHIPPED[language], metric)
    )


def scripts(references, texts, language):
    return by_script(
        references, texts, SHIPPED[language], count(references, texts, SHIPPED[language], "wer")
    )


def test_length_ratio_is_of_tokens():
    assert found(["one two three", "four"], ["one two", "four five six"]).length_ratio == 5 / 4


def test_length_ratio_is_undefined_without_a_reference_token():
    assert found([""], ["one"]).length_ratio is None


def test_empty_is_what_has_no_token_where_there_is_something_to_say():
    assert found(["one", "two", "", "four"], ["", "?!", "", "four"]).empty == 2


@pytest.mark.parametrize(
    ("text", "loops"),
    [
        ("哈" * 20, 0),
        ("哈" * 21, 1),
        ("thank you " * 19, 0),
        ("thank you " * 20, 1),
        ("so and so " * 3, 0),
    ],
)
def test_loop_is_what_the_models_own_package_collapses(text, loops):
    assert found(["one"], [text]).loops == loops


@pytest.mark.parametrize("times", [19, 20, 21])
def test_loop_is_found_wherever_it_begins(times):
    texts = ["0123456789" * 3 + "abcdefghijklmnopqrst"[:n] * times + "." * 19 for n in (1, 2, 20)]
    texts = [text[begin:] for text in texts for begin in range(31)]
    loops = [collapse_repetitions(text) != text for text in texts]
    assert [found(["one"], [text]).loops for text in texts] == loops
    assert any(loops) == (times > 19)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("ta", "今天老师", "wrong"),
        ("ta", "vanakkam", "wrong"),
        ("ta", "வணக்கம்", "right"),
        ("zh", "jin tian", "wrong"),
        ("ms", "apa khabar", "right"),
        ("en", "привет", "wrong"),
        ("en", "42", "right"),
        ("en", "", "empty"),
    ],
)
def test_script_is_the_languages(language, text, expected):
    assert scripts(["வணக்கம்" if language == "ta" else "今天"], [text], language) == [expected]


def test_reference_of_latin_names_may_be_answered_in_latin_letters():
    assert scripts(["Tampines MRT"], ["Tampines mart"], "zh") == ["right"]


def test_silence_where_nothing_was_said_is_right():
    assert scripts([""], [""], "en") == ["right"]


def test_tokens_of_references_are_counted():
    assert found(["a b"], ["x y z x y z"]).tokens == 2


def test_faults_of_two_halves_add_up_to_the_whole():
    references, texts = ["one", "two three", "four"], ["", "二 三", "four " * 20]
    halves = found(references[:1], texts[:1]), found(references[1:], texts[1:])
    whole = found(references, texts)
    assert halves[0] + halves[1] == whole
    assert (whole.empty, whole.wrong_script, whole.loops) == (1, 1, 1)
