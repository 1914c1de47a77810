from plion.results.reading.collect import read_studies
from plion.results.tables.published import published_blocks
from plion.scoring.paper import published_utterances


def rates(*folders):
    return published_blocks(read_studies(folders))[0]


def test_rows_are_marked_as_published(grid):
    for block in published_blocks(read_studies([grid])):
        assert "Published in arXiv 2603.16184" in block.title
        assert block.notes[0].startswith("Published figures, not made here")


def test_sets_of_another_size_than_ours_are_flagged(runs):
    runs.keys = ["nsc", "slr65"]
    block = rates(runs.write("a"))
    assert [key for key in block.header if key.endswith("‡")] == ["nsc‡", "slr65‡"]
    assert any("nsc 12 of 3,000, slr65 12 of 429." in note for note in block.notes)


def test_set_of_the_same_size_is_not_flagged(runs):
    runs.keys, runs.utterances = ["slr65"], published_utterances()["slr65"]
    block = rates(runs.write("a"))
    assert not any("‡" in text for text in [*block.header, *block.notes])


def test_averages_are_recomputed_beside_the_printed_ones(grid):
    block = rates(grid)
    row = next(row for row in block.rows if row[0] == "Qwen2.5-Omni-3B")
    columns = dict(zip(block.header, row, strict=True))
    assert (columns["macro"], columns["macro as printed"]) == ("172.41", "172.37")


def test_where_print_and_recomputation_differ_is_said(grid):
    assert rates(grid).notes[-1] == (
        "Printed averages that differ by more than rounding explains: "
        "Qwen2.5-Omni-3B is printed as 172.37, recomputed 172.41."
    )


def test_latencies_are_a_block_with_their_device(grid):
    _, latencies = published_blocks(read_studies([grid]))
    assert ["Polyglot-Lion-1.7B", "0.1038", "0.0621"] in latencies.rows
    assert "RTX PRO 4500" in latencies.notes[0]
