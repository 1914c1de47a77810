import pytest
from annotated import annotate

from plion.results.reading.collect import read_studies
from plion.results.tables.transcripts import confusion_table, faults_table
from plion.scoring.confusion import Teller


def faults(folder):
    [study] = read_studies([folder])
    table = faults_table(study)
    return dict(zip(table.header, table.rows[0], strict=True)), " ".join(table.notes)


@pytest.fixture
def english(runs):
    runs.keys = ["nsc"]
    return runs


def test_faults_of_a_perfect_run(runs):
    found, _ = faults(runs.write("a"))
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
    found, _ = faults(folder)
    assert (found["wrong script"], found["wrong language"]) == ("25.00", "25.00")


def test_capped_average_stops_at_all(english):
    found, _ = faults(english.write("a", 20))
    assert (found["length ratio"], found["capped macro"]) == (
        "4.000",
        "100.00",
    )


def test_study_without_scores_has_no_faults(runs):
    [study] = read_studies([runs.record("a", status="failed", suite="mini12")])
    assert (faults_table(study).rows, confusion_table(study).rows) == ([], [])


def test_runs_are_told_apart_by_whether_they_name_the_language(english):
    naming, silent = english.write("a"), english.write("b")
    annotate(naming, "nsc", lambda number: {"language": "English" if number < 9 else None})
    [study] = read_studies([naming, silent])
    for table in (faults_table(study), confusion_table(study)):
        column = table.header.index("named %")
        assert [row[column] for row in table.rows] == ["75.00", "0.00"]


def test_identifiers_error_stands_beside_languages_that_were_told(runs):
    _, notes = faults(runs.write("a"))
    assert "py3langid, which fails on 0.0 % of English and 0.0 % of Malay" in notes


def test_identifier_is_not_spoken_of_where_the_model_named_all(english):
    folder = english.write("a")
    annotate(folder, "nsc", lambda number: {"language": "English"})
    assert "py3langid" not in faults(folder)[1]


def test_confusion_is_in_percent_of_a_languages_utterances(english):
    folder = english.write("a")
    annotate(folder, "nsc", lambda number: {"language": "Malay" if number < 3 else "English"})
    [study] = read_studies([folder])
    table = confusion_table(study)
    assert table.header == [
        "run",
        "language",
        *["en", "zh", "ta", "ms", "other", "untold"],
        *["named %", "utterances"],
    ]
    [row] = table.rows
    assert row[:2] == ["a", "en"] and row[-2:] == ["100.00", "12"]
    assert [cell.split()[0] for cell in row[2:8]] == [
        "75.00", "0.00", "0.00", "25.00", "0.00", "0.00",
    ]  # fmt: skip


def test_shares_have_intervals_over_the_clusters_of_all_sets_of_a_language(runs):
    runs.keys, runs.utterances = ["librispeech", "nsc"], 40
    folder = runs.write("a")
    for key, malay in {"librispeech": 20, "nsc": 0}.items():
        names = ["Malay"] * malay + ["English"] * (40 - malay)
        annotate(folder, key, lambda number, names=names: {"language": names[number]})
    [study] = read_studies([folder])
    cell = confusion_table(study).rows[0][2 + Teller().heard.index("ms")]
    low, high = map(float, cell.removeprefix("25.00 [").removesuffix("]").split(", "))
    # Half of forty is known to within 15.5 points; of both sets together that is half as much.
    assert low == pytest.approx(25 - 7.9, abs=0.6) and high == pytest.approx(25 + 7.9, abs=0.6)
