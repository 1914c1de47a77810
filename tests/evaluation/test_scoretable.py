import pytest

from plion.data.utterance import Utterance
from plion.evaluation.hypotheses import Matched, Transcribed
from plion.evaluation.scorecard import score
from plion.evaluation.scoretable import render
from plion.languages import language


def transcribed(
    key: str, tongue: str, texts: list[str], said: list[str], missing: tuple[str, ...] = ()
) -> Transcribed:
    utterances = tuple(
        Utterance(f"{key}-{n}", "a.wav", text, tongue, key, 1.0) for n, text in enumerate(texts)
    )
    return Transcribed(key, language(tongue), utterances, tuple(said), missing)


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
    text = render(score(matched, "strict"))
    row = cells(text, "nsc ")
    assert row[:4] == ["nsc", "en", "WER", "50.00"]
    assert row[-7:] == ["20", "20", "40", "160", "60", "60", "utterances"]
    assert cells(text, "macro")[2] == "50.00"


def test_few_blocks_are_marked(matched: Matched) -> None:
    text = render(score(matched, "strict"))
    assert "]†" not in " ".join(cells(text, "nsc ")) and "]†" in " ".join(cells(text, "own "))
    assert "† of fewer than 30" in text


@pytest.mark.parametrize(
    "note",
    [
        "under profile strict-2",
        "plain mean over 2 benchmarks",
        "Covers 1 of the paper's 12 benchmarks, not librispeech, commonvoice_zh,",
        "fleurs_ms; others: own.",
        "nsc: scored as empty, without a hypothesis: 2 (nsc-9, nsc-10).",
        "nsc: empty references, all that is said there is inserted: 20 (nsc-2, nsc-5,",
        "Ignored, without a reference: 2 (u-7, u-8).",
    ],
)
def test_what_is_to_be_known_is_noted(note: str, matched: Matched) -> None:
    assert note in " ".join(render(score(matched, "strict")).split())


def test_what_a_profile_does_in_a_language_is_noted(matched: Matched) -> None:
    read = " ".join(render(score(matched, "numbers")).split())
    assert "under profile numbers-1" in read and "Digits are not read in Malay" in read
    dropped = " ".join(render(score(matched, "evalkit")).split())
    assert "nsc: empty references, not scored: 20" in dropped


def test_without_a_rate_the_cells_are_empty() -> None:
    text = render(score(Matched((transcribed("nsc", "en", ["?"], ["a"]),), ()), "strict"))
    assert cells(text, "nsc ") == ["nsc", "en", "WER", "0", "0", "1", "0", "1", "1", "utterance"]
    assert "Covers 0 of the paper's 12 benchmarks." in text


def test_of_one_block_there_is_no_interval_and_it_is_said() -> None:
    one = transcribed("nsc", "en", ["a b"], ["a c"])
    text = render(
        score(Matched((one, transcribed("own", "ms", ["a"] * 40, ["b"] * 40)), ()), "raw")
    )
    assert cells(text, "nsc ")[3:5] == ["50.00", "1"]
    assert cells(text, "macro")[2:] == ["75.00"]
    assert "inf" not in text and "†" not in text
    assert "one block alone nothing is known, and averages with them: nsc." in " ".join(
        text.split()
    )


def test_an_id_steers_no_terminal() -> None:
    card = score(Matched((transcribed("nsc", "en", ["a"], ["a"]),), ("\x1b[2J", "\ud83d")), "raw")
    assert "without a reference: 2 (\\x1b[2J, \\ud83d)" in render(card)


def test_it_fits_into_120_columns_for_the_twelve() -> None:
    keys = ("librispeech", "commonvoice_zh", "commonvoice_ta", "fleurs_ms")
    sets = [transcribed(key, "en", ["a b c"] * 2000, [""] * 2000) for key in keys]
    text = render(score(Matched(tuple(sets), ()), "strict"))
    assert max(map(len, text.splitlines())) <= 120
