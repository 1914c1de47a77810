import pytest
from annotated import annotate

from plion.results.reading.collect import read_studies
from plion.results.tables.faults import FAULTS, fault_cells, faults_table
from plion.scoring.confusion import Teller, confusion
from plion.scoring.counts import count
from plion.scoring.faults import Faults, faults
from plion.text.shipped import SHIPPED


def of(references: list[str], texts: list[str]) -> Faults:
    return faults(references, texts, SHIPPED["en"], count(references, texts, SHIPPED["en"], "wer"))


def cells(*found: Faults, wrong: int = 0) -> dict[str, str]:
    taken = confusion(["en"] * 4, ["Malay"] * wrong + ["English"] * (4 - wrong), [""] * 4, Teller())
    return dict(zip(FAULTS, fault_cells(found, taken), strict=True))


def test_ratios_of_several_sets_are_averaged_and_their_utterances_pooled() -> None:
    short, long = of(["a b"], [""]), of(["a b"] * 3, ["a b", "a b", "天"])
    assert cells(short, long, wrong=1) == {
        "length ratio": f"{(0 + 5 / 6) / 2:.3f}",
        "empty": "25.00",
        "loops": "0.00",
        "wrong script": "25.00",
        "wrong language": "25.00",
    }


def test_without_a_reference_token_there_is_no_ratio() -> None:
    assert cells(of(["?"], ["a"]))["length ratio"] == ""


@pytest.fixture
def english(runs):
    runs.keys = ["nsc"]
    return runs


def printed(folder):
    [study] = read_studies([folder])
    table = faults_table(study)
    return dict(zip(table.header, table.rows[0], strict=True)), " ".join(table.notes)


def test_faults_of_a_perfect_run(runs):
    found, _ = printed(runs.write("a"))
    assert found == {
        "run": "a",
        "length ratio": "1.000",
        "empty": "0.00",
        "loops": "0.00",
        "wrong script": "0.00",
        "wrong language": "0.00",
        "named %": "0.00",
        "capped macro": "0.00",
        "n": "12/12",
    }


def test_faults_are_counted_by_utterance(english):
    folder = english.write("a", lambda key, number: 5 if number < 3 else 0)
    found, _ = printed(folder)
    assert (found["wrong script"], found["wrong language"]) == ("25.00", "25.00")


def test_capped_average_stops_at_all(english):
    found, _ = printed(english.write("a", 20))
    assert (found["length ratio"], found["capped macro"]) == (
        "4.000",
        "100.00",
    )


def test_identifiers_error_stands_beside_languages_that_were_told(runs):
    _, notes = printed(runs.write("a"))
    assert "py3langid, which fails on 0.0 % of English and 0.0 % of Malay" in notes


def test_identifier_is_not_spoken_of_where_the_model_named_all(english):
    folder = english.write("a")
    annotate(folder, "nsc", lambda number: {"language": "English"})
    assert "py3langid" not in printed(folder)[1]
