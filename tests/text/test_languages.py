"""Rows of languages: the package's, a user's, and what they come to."""

from dataclasses import replace
from pathlib import Path

import pytest

from plion.errors import InputError
from plion.text.language_file import as_rows, language_rows, read_languages, suite_rows
from plion.text.languages import Language
from plion.text.normalize import normalize, profile_steps
from plion.text.shipped import PAPER, SHIPPED, candidates, in_order, to_record

JAVANESE = Language("jv", "Javanese", ("Latin",), "wer")
ROW = {"key": "jv", "name": "Javanese", "script": "Latin", "metric": "wer"}


def test_the_package_has_the_thirty_that_the_model_names_and_tamil():
    named = [row.name for row in SHIPPED.values() if row.model_name]
    assert len(named) == 30 and named[:3] == ["Chinese", "English", "Cantonese"]
    assert [row.name for row in SHIPPED.values() if not row.model_name] == ["Tamil"]


def test_every_row_of_the_package_is_one_that_a_file_may_hold():
    assert language_rows(as_rows(SHIPPED.values()), "shipped") == list(SHIPPED.values())


def test_four_keys_are_enough():
    assert language_rows([ROW], "own.yaml") == [JAVANESE]
    assert as_rows([JAVANESE]) == [{**ROW, "script": ["Latin"]}]


def test_a_file_of_rows_is_read(tmp_path: Path):
    path = tmp_path / "own.yaml"
    path.write_text("- {key: jv, name: Javanese, script: Latin, metric: wer}\n")
    assert read_languages(path) == [JAVANESE]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"script": None}, "row 1: 'script' is missing"),
        ({"script": "Latn2"}, "script 'Latn2' is none of Unicode's"),
        ({"metric": "werr"}, "'metric' must be 'wer' or"),
        ({"colour": "#000000"}, "unknown key 'colour' .*did you mean 'color'"),
        ({"color": "red"}, "color 'red' must be of the form #RRGGBB"),
        ({"numbers": "englisch"}, "unknown numbers 'englisch' .*did you mean 'english'"),
        ({"normalisation": ["join han"]}, "unknown normalisation 'join han' .*'join Han'"),
        ({"refuses": ["wer"]}, "metric 'wer' is among those that it refuses"),
        ({"key": "j v"}, "key 'j v' must be of letters"),
        ({"name": "A<asr_text>"}, "cannot stand in a language tag"),
        ({"capped": "yes"}, "'capped' must be true or false"),
    ],
)
def test_a_faulty_row_is_named_with_what_is_wrong(change, message):
    with pytest.raises(InputError, match=message) as caught:
        language_rows([{**ROW, **change}], "own.yaml")
    assert "own.yaml" in str(caught.value)


def test_a_language_listed_twice_is_refused():
    with pytest.raises(InputError, match="'jv' is listed twice"):
        language_rows([ROW, ROW], "own.yaml")


def test_a_suites_languages_lie_beside_it(tmp_path: Path):
    (tmp_path / "own.yaml").write_text("- {key: jv, name: Javanese, script: Latin, metric: wer}\n")
    path = tmp_path / "suite.yaml"
    path.write_text("languages: own.yaml\nbenchmarks: []\n")
    assert suite_rows(path) == ([], [JAVANESE])


def test_a_suite_with_a_key_of_another_name_is_refused(tmp_path: Path):
    path = tmp_path / "suite.yaml"
    path.write_text("language: own.yaml\nbenchmarks: []\n")
    with pytest.raises(InputError, match="unknown key 'language' .*did you mean 'languages'"):
        suite_rows(path)


def test_an_unknown_language_names_the_nearest_and_the_remedy():
    with pytest.raises(InputError, match="unknown language 'xx' .*`languages` adds others"):
        SHIPPED.row("xx")


def test_own_rows_take_the_place_of_the_packages():
    spoken = SHIPPED.adding([replace(SHIPPED["th"], metric="gcer"), JAVANESE])
    assert (spoken["th"].metric, len(spoken)) == ("gcer", len(SHIPPED) + 1)
    assert SHIPPED["th"].metric == "cer"


def test_the_papers_languages_come_first_and_unknown_ones_last():
    assert in_order(["jv", "th", "ms", "yue", "en"]) == ["en", "ms", "yue", "th", "jv"]
    assert [row.key for row in candidates([JAVANESE])] == [*PAPER, "jv"]


def test_what_is_not_as_in_the_paper_is_to_be_written_down():
    own = replace(SHIPPED["ms"], metric="cer")
    assert to_record([SHIPPED["ta"], SHIPPED["th"], own]) == [own, SHIPPED["th"]]
    assert to_record(SHIPPED[key] for key in PAPER) == []


@pytest.mark.parametrize("name", ["Cantonese", "cantonese", "yue"])
def test_a_language_is_found_by_its_names_and_its_key(name):
    assert SHIPPED.named(name) == SHIPPED["yue"]


def test_hindi_keeps_its_marks_under_strict():
    text = "हिन्दी में क्या है? ज़रूर, डॉ\u200d।"
    assert normalize(text, SHIPPED["hi"]) == "हिन्दी में क्या है ज\u093cरूर डॉ"


def test_thai_keeps_its_marks_and_loses_its_marks_of_repetition_not():
    assert normalize("น้ำ\u200bดื่ม ต่างๆ!", SHIPPED["th"]) == "น้ำ ดื่ม ต่างๆ"


@pytest.mark.parametrize("key", ["hi", "th", "ar"])
def test_whispers_normaliser_is_refused_where_it_would_drop_marks(key):
    with pytest.raises(InputError, match=f"'whisper-1' is refused in {key}"):
        profile_steps(SHIPPED[key], "whisper")


def test_a_row_may_say_which_of_whispers_normalisers_is_its_own():
    arabic = replace(SHIPPED["ar"], whisper="basic")
    assert normalize("مرحبا، بك", arabic, "whisper") == "مرحبا بك"


def test_traditional_cantonese_is_compared_in_simplified_characters():
    assert normalize("我 哋 講 廣東話", SHIPPED["yue"]) == normalize("我哋讲广东话", SHIPPED["yue"])


def test_words_of_thai_are_not_counted():
    with pytest.raises(InputError, match="metric 'wer' is refused in Thai .*take cer"):
        SHIPPED["th"].check_metric("wer")
    SHIPPED["th"].check_metric("gcer")
