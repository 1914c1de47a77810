import pytest

from plion.data.utterance import Utterance
from plion.evaluation.faulttable import faults_note, faults_table, languages_line
from plion.evaluation.hypotheses import Matched, Transcribed
from plion.evaluation.scorecard import Scorecard, score
from plion.languages import language


def card(*sets: tuple[str, str, list[str], list[str]], profile: str = "strict") -> Scorecard:
    """A scorecard of benchmarks: key, language, references and what was said."""
    return score(Matched(tuple(_transcribed(*one) for one in sets), ()), profile)


def _transcribed(key: str, tongue: str, texts: list[str], said: list[str]) -> Transcribed:
    utterances = tuple(
        Utterance(f"{key}-{n}", "a.wav", text, tongue, key, 1.0) for n, text in enumerate(texts)
    )
    return Transcribed(key, language(tongue), utterances, tuple(said), ())


ENGLISH = ("nsc", "en", ["the weather is nice"] * 4, ["the weather is nice"] * 2 + ["", "天气"])
TAMIL = ("slr65", "ta", ["தமிழ் மொழி"] * 2, ["தமழ் மொழி"] * 2)


def rows(text: str) -> dict[str, list[str]]:
    return {line.split()[0]: line.split()[1:] for line in text.splitlines()[2:]}


def test_languages_are_listed_with_what_lies_between_them() -> None:
    assert languages_line(card(ENGLISH, TAMIL)) == (
        "By language: en 50.00, ta 50.00; of 2 languages the mean is 50.00, the worst en, "
        "the spread 0.00."
    )


def test_without_a_rate_no_language_is_covered() -> None:
    assert languages_line(card(("nsc", "en", ["?"], ["a"]))) == "By language: none is covered."


def test_faults_are_in_percent_of_the_utterances() -> None:
    found = rows(faults_table(card(ENGLISH)))
    assert found == {"nsc": ["0.562", "25.00", "0.00", "25.00", "25.00", "50.00"]}


def test_tamil_has_its_rate_by_grapheme_cluster_and_others_have_none() -> None:
    text = faults_table(card(ENGLISH, TAMIL))
    assert text.splitlines()[0].endswith("by cluster")
    # Of தமிழ் மொழி five clusters, one of them wrong.
    assert rows(text)["slr65"][-1] == "20.00"
    assert rows(text)["nsc"][-1] == "50.00"


def test_capped_rate_stops_at_all() -> None:
    found = rows(faults_table(card(("nsc", "en", ["one two"], ["one " * 30]))))
    assert (found["nsc"][0], found["nsc"][2], found["nsc"][-1]) == ("15.000", "100.00", "100.00")


@pytest.mark.parametrize("profile", ["strict", "evalkit", "raw"])
def test_identifiers_error_is_said_under_every_profile(profile: str) -> None:
    note = faults_note(card(ENGLISH, profile=profile))
    assert "py3langid, which mistakes or cannot tell 0.0 % of English references" in note
