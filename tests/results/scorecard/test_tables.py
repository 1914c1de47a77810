import pytest

from plion.data.utterance import Utterance
from plion.results.scorecard.tables import scorecard_tables
from plion.scoring.hypotheses import Matched, Transcribed
from plion.scoring.score import score
from plion.scoring.scorecard import Scorecard
from plion.text.shipped import SHIPPED
from plion.typesetting.formats import typeset


def transcribed(
    key: str, tongue: str, texts: list[str], said: list[str], missing: tuple[str, ...] = ()
) -> Transcribed:
    utterances = tuple(
        Utterance(f"{key}-{n}", "a.wav", text, tongue, key, 1.0) for n, text in enumerate(texts)
    )
    return Transcribed(key, SHIPPED[tongue], utterances, tuple(said), missing)


def printed(card: Scorecard) -> str:
    return typeset(scorecard_tables(card))


def cells(text: str, name: str) -> list[str]:
    """The cells of a line."""
    line = next(line for line in text.splitlines() if line.startswith(name))
    return line.split()


@pytest.fixture
def matched() -> Matched:
    english = transcribed(
        "nsc",
        "en",
        ["a b c d", "a b c d", "..."] * 20,
        ["a x c", "a b c d e", "b"] * 20,
        ("nsc-9", "nsc-10"),
    )
    malay = transcribed("own", "ms", ["satu 2"] * 3, ["satu dua"] * 3)
    return Matched((english, malay), ("u-7", "u-8"))


def test_a_line_has_the_rate_and_its_counts(matched: Matched) -> None:
    text = printed(score(matched, "strict"))
    row = cells(text, "nsc ")
    assert row[:4] == ["nsc", "en", "WER", "50.00"]
    assert row[-7:] == ["20", "20", "40", "160", "60", "60", "utterances"]
    assert cells(text, "macro")[2] == "50.00"


def test_few_clusters_are_marked(matched: Matched) -> None:
    few = transcribed("own", "ms", ["satu dua"] * 4, ["satu dua"] * 3 + ["satu"])
    text = printed(score(Matched((matched.sets[0], few), ()), "strict"))
    assert "]†" not in " ".join(cells(text, "nsc ")) and "]†" in " ".join(cells(text, "own "))
    assert "† fewer than 30 clusters" in text


@pytest.mark.parametrize(
    "note",
    [
        "references' tokens, profile strict-3",
        "plain mean over 2 benchmarks",
        "Covers 1 of the paper's 12 benchmarks, not librispeech, commonvoice_zh,",
        "fleurs_ms; others: own.",
        "nsc: no hypothesis, scored as empty: 2 (nsc-9, nsc-10).",
        "nsc: empty references, their hypotheses count as insertions: 20 (nsc-2, nsc-5,",
        "Ignored, without a reference: 2 (u-7, u-8).",
    ],
)
def test_what_is_to_be_known_is_noted(note: str, matched: Matched) -> None:
    assert note in " ".join(printed(score(matched, "strict")).split())


def by_language(card: Scorecard) -> dict[str, list[str]]:
    table = scorecard_tables(card)[1]
    return {row[0]: list(row[1:]) for row in table.rows}


def test_languages_have_intervals_and_what_lies_between_them(matched: Matched) -> None:
    found = by_language(score(matched, "strict"))
    assert list(found) == [
        *["English", "Malay", "mean of the languages", "worst: English", "spread"],
    ]
    assert found["Malay"] == ["50.00", "", "1"]
    assert found["English"][0] == "50.00" and found["English"][2] == "1"
    assert found["mean of the languages"][::2] == ["50.00", "2"]
    # What is picked by the rates themselves has no interval.
    assert found["spread"][:2] == ["0.00", ""] and found["worst: English"][:2] == ["50.00", ""]


def test_without_a_rate_no_language_is_listed() -> None:
    matched = Matched((transcribed("nsc", "en", ["?"], ["a"]),), ())
    assert by_language(score(matched, "raw")) and not by_language(score(matched, "strict"))


def faulty(card: Scorecard) -> dict[str, list[str]]:
    table = scorecard_tables(card)[2]
    return {row[0]: list(row[1:]) for row in table.rows}


ENGLISH = ["the weather is nice"] * 4, ["the weather is nice"] * 2 + ["", "天气"]
TAMIL = ["தமிழ் மொழி"] * 2, ["தமழ் மொழி"] * 2


def test_faults_are_in_percent_of_the_utterances() -> None:
    card = score(Matched((transcribed("nsc", "en", *ENGLISH),), ()), "strict")
    *faults, capped = faulty(card)["nsc"]
    assert faults == ["0.562", "25.00", "0.00", "25.00", "25.00"]
    assert capped.startswith("50.00 [")


def test_tamil_has_its_rate_by_grapheme_cluster_and_others_have_none() -> None:
    sets = transcribed("nsc", "en", *ENGLISH), transcribed("slr65", "ta", *TAMIL)
    card = score(Matched(sets, ()), "strict")
    assert scorecard_tables(card)[2].header[-1] == "by grapheme"
    # Of தமிழ் மொழி five clusters, one of them wrong.
    assert faulty(card)["slr65"][-1] == "20.00"
    assert faulty(card)["nsc"][-1] == ""


def test_capped_rate_stops_at_all() -> None:
    looping = transcribed("nsc", "en", ["one two"] * 2, ["one " * 30] * 2)
    card = score(Matched((looping,), ()), "raw")
    ratio, _, loops, *_, capped = faulty(card)["nsc"]
    assert (ratio, loops, capped) == ("15.000", "100.00", "100.00")


@pytest.mark.parametrize("profile", ["strict", "evalkit", "raw"])
def test_identifiers_error_is_said_under_every_profile(profile: str) -> None:
    card = score(Matched((transcribed("nsc", "en", *ENGLISH),), ()), profile)
    notes = " ".join(scorecard_tables(card)[2].notes)
    assert "py3langid, which fails on 0.0 % of English references" in notes


def test_what_a_profile_does_in_a_language_is_noted(matched: Matched) -> None:
    read = " ".join(printed(score(matched, "numbers")).split())
    assert "profile numbers-2" in read and "Digits are not read in Malay" in read
    dropped = " ".join(printed(score(matched, "evalkit")).split())
    assert "nsc: empty references, not scored: 20" in dropped


def test_without_a_rate_the_cells_are_empty() -> None:
    text = printed(score(Matched((transcribed("nsc", "en", ["?"], ["a"]),), ()), "strict"))
    assert cells(text, "nsc ") == ["nsc", "en", "WER", "0", "0", "1", "0", "1", "1", "utterance"]
    assert "Covers 0 of the paper's 12 benchmarks." in text


def test_of_one_cluster_there_is_no_interval_and_it_is_said() -> None:
    one = transcribed("nsc", "en", ["a b"], ["a c"])
    text = printed(
        score(Matched((one, transcribed("own", "ms", ["a"] * 40, ["b"] * 40)), ()), "raw")
    )
    assert cells(text, "nsc ")[3:5] == ["50.00", "1"]
    assert cells(text, "macro")[2:] == ["75.00"]
    assert "inf" not in text and "†" not in text
    words = " ".join(text.split())
    assert "fewer than 3 clusters, or an average with a set of one: nsc, macro." in words
    assert "No interval: no variance over clusters: own." in words


def test_an_id_steers_no_terminal() -> None:
    card = score(Matched((transcribed("nsc", "en", ["a"], ["a"]),), ("\x1b[2J", "\ud83d")), "raw")
    assert "without a reference: 2 (\\x1b[2J, \\ud83d)" in printed(card)


def test_errors_fit_into_120_columns_for_the_twelve() -> None:
    keys = ("librispeech", "commonvoice_zh", "commonvoice_ta", "fleurs_ms")
    sets = [transcribed(key, "en", ["a b c"] * 2000, [""] * 2000) for key in keys]
    text = printed(score(Matched(tuple(sets), ()), "strict"))
    table = text[: text.index("S substitutions")]
    assert max(map(len, table.splitlines())) <= 120
