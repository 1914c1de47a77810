import pytest

from plion.results.reading.collect import read_studies
from plion.results.tables.languages import (
    capped_table,
    changes_table,
    languages_table,
    second_tables,
)

AXES = {"sampler": ["proportional", "balanced"]}
CELLS = {"p": {"sampler": "proportional"}, "b": {"sampler": "balanced"}}
WORSE = {"slr65": 4, "slr127": 2, "fleurs_ta": 2, "commonvoice_ta": 0, "aishell1": 4}


def by_key(key, number):
    return WORSE.get(key, 0)


@pytest.fixture
def study(runs):
    runs.utterances = 40
    runs.write("base", 5)
    runs.write("p", by_key)
    runs.write("b", 1)
    [found] = read_studies([runs.ablation(AXES, CELLS)])
    return found


def row(table, name):
    return next(row[1:] for row in table.rows if row[0] == name)


def test_languages_are_means_over_their_sets_with_the_spread(study):
    table = languages_table(study)
    assert table.header == ["run", "en", "zh", "ta", "ms", "spread", "n"]
    assert row(table, "p") == [
        "0.00",
        "20.00",
        "40.00",
        "0.00",
        "40.00",
        "12/12",
    ]


def test_languages_of_few_clusters_are_marked(runs):
    [study] = read_studies([runs.write("a", lambda key, number: number % 3)])
    table = languages_table(study)
    assert row(table, "a")[0].endswith("]†") and "† fewer than 30" in table.notes[-1]


def test_run_without_scores_has_no_row(runs):
    runs.write("base", 5)
    runs.write("p", 1)
    [found] = read_studies([runs.ablation(AXES, CELLS)])
    assert [row[0] for row in languages_table(found).rows] == ["base", "p"]


def test_change_is_against_the_base_and_paired(study):
    table = changes_table(study)
    assert [row[0] for row in table.rows] == ["p", "b"]
    assert row(table, "b") == [*["-80.00"] * 4, "12/12"]


def test_what_was_forgotten_is_above_zero_and_few_clusters_are_marked(runs):
    runs.write("base", 1)
    runs.write("p", lambda key, number: 2 + 2 * (number % 2))
    runs.write("b", 1)
    [found] = read_studies([runs.ablation(AXES, CELLS)])
    table = changes_table(found)
    assert row(table, "p")[0].startswith("+40.00 [+") and row(table, "b")[0] == "+0.00"
    assert "Rates without an interval" in table.notes[-1]
    assert "†" in " ".join(table.notes)


def test_without_a_base_there_is_no_change(runs):
    runs.write("p", 1)
    runs.write("b", 1)
    [found] = read_studies([runs.ablation(AXES, CELLS, base=None)])
    assert changes_table(found).rows == []


def test_sets_that_were_tested_on_other_utterances_are_left_out(runs):
    runs.write("base", 5)
    runs.write("p", 1)
    runs.utterances = 6
    runs.keys.remove("mesolitica")
    runs.write("b", 1)
    [found] = read_studies([runs.ablation(AXES, CELLS)])
    assert row(changes_table(found), "b") == ["", "", "", "", "0/12"]


def test_tamil_is_also_counted_by_grapheme_clusters(study):
    [table] = second_tables(study)
    assert table.header == [
        "run", "commonvoice_ta", "slr65", "slr127", "fleurs_ta", "mean", "n",
    ]  # fmt: skip
    assert row(table, "base")[-1] == "4/4"
    # ஒன்று has 3 clusters of the reference's 16; the one character said for it leaves 2 deleted.
    assert row(table, "b") == [*["18.75"] * 5, "4/4"]


def test_study_without_tamil_has_no_such_table(runs):
    runs.keys = ["nsc", "aishell1"]
    [found] = read_studies([runs.write("a")])
    assert not any(table.rows for table in second_tables(found))


def capped(*folders):
    [study] = read_studies(folders)
    return {row[0]: list(row[1:]) for row in capped_table(study).rows}


def test_capped_character_error_is_the_mean_over_tamil_and_malay_sets(runs):
    runs.keys = ["nsc", "slr65", "fleurs_ms"]
    # Tamil: all five words replaced and 40 more, so every character is missed. Malay: none.
    folder = runs.write("a", lambda key, number: {"slr65": 45, "nsc": 5}.get(key, 0))
    assert capped(folder) == {"a": ["50.00", "", "2/6"]}


def test_without_a_tamil_or_malay_set_there_is_none(runs):
    runs.keys = ["nsc", "aishell1"]
    assert capped(runs.write("a", 3)) == {}


def test_capped_character_error_is_paired_with_the_bases(runs):
    runs.write("base", 5)
    runs.write("p", lambda key, number: number % 2)
    runs.utterances = 6
    runs.write("b", 0)
    rows = capped(runs.ablation(AXES, CELLS))
    assert rows["base"][1] == "" and rows["p"][1].startswith("-") and "[" in rows["p"][1]
    assert rows["b"][1] == ""  # on other utterances
