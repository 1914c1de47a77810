from plion.results.reading.collect import read_studies
from plion.results.tables.published import published_tables
from plion.scoring.paper import published_utterances


def rates(*folders):
    return published_tables(read_studies(folders))[0]


def test_rows_are_marked_as_published(grid):
    for table in published_tables(read_studies([grid])):
        assert "Published in arXiv 2603.16184" in table.title
        assert table.notes[0].startswith("Published figures, not made here")


def test_sets_of_another_size_than_ours_are_flagged(runs):
    runs.keys = ["nsc", "slr65"]
    table = rates(runs.write("a"))
    assert [key for key in table.header if key.endswith("‡")] == ["nsc‡", "slr65‡"]
    assert any("nsc 12 of 3,000, slr65 12 of 429)." in note for note in table.notes)


def test_set_of_the_same_size_is_not_flagged(runs):
    runs.keys, runs.utterances = ["slr65"], published_utterances()["slr65"]
    table = rates(runs.write("a"))
    assert not any("‡" in text for text in [*table.header, *table.notes])


def test_averages_are_recomputed_beside_the_printed_ones(grid):
    table = rates(grid)
    row = next(row for row in table.rows if row[0] == "Qwen2.5-Omni-3B")
    columns = dict(zip(table.header, row, strict=True))
    assert (columns["macro"], columns["macro as printed"]) == ("172.41", "172.37")


def test_where_print_and_recomputation_differ_is_said(grid):
    assert rates(grid).notes[-1] == (
        "Printed averages that differ by more than rounding explains: "
        "Qwen2.5-Omni-3B is printed as 172.37, recomputed 172.41."
    )


def test_latencies_are_a_table_with_their_device(grid):
    _, latencies = published_tables(read_studies([grid]))
    assert ["Polyglot-Lion-1.7B", "0.1038", "0.0621"] in latencies.rows
    assert "RTX PRO 4500" in latencies.notes[0]
