import pytest
from annotated import annotate

from plion.results.reading.collect import read_studies
from plion.results.tables.confusion import confusion_table
from plion.results.tables.faults import faults_table
from plion.scoring.confusion import Teller


@pytest.fixture
def english(runs):
    runs.keys = ["nsc"]
    return runs


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
