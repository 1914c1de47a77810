"""What is said of a prepared corpus, beside the paper's table."""

from dataclasses import replace

from sources import corpus

from plion.data.corpora.published import published
from plion.data.preparing.prepare import prepare_tree
from plion.data.preparing.prepared import render_prepared


def test_the_report_stands_beside_the_papers_table(source, tmp_path):
    entries = [*source.entries(40, "train"), *source.entries(3, "test")]
    entries = [replace(entry, duration=360.0) for entry in entries]
    made = prepare_tree(corpus("slr127", entries), source.tree(), tmp_path, "9:1:1")
    lines = [line.split() for line in render_prepared(made).splitlines()]
    assert ["train", "36", "69,575", "-69,539", "3.60", "119.86", "-116.26"] in lines
    assert ["all", "43", "89,392", "-89,349", "4.30", "150.07", "-145.77"] in lines


def test_the_report_tells_what_is_known_of_a_difference(source, tmp_path):
    entries = source.entries(5, "test")
    made = prepare_tree(corpus("slr65", entries[:4]), source.tree(), tmp_path)
    text = render_prepared(made)
    assert f"the paper: {published('slr65').difference}" in text
    assert "not used: 1 other audio files" in text


def test_the_report_says_nothing_of_a_difference_where_there_is_none(source, tmp_path):
    made = prepare_tree(corpus("slr65", source.entries(5, "test")), source.tree(), tmp_path)
    paper = published("slr65")
    same = replace(made, splits={part: paper.split(part) for part in ("train", "valid", "test")})
    text = render_prepared(same)
    assert "the paper:" not in text
    assert "+0 " in text


def test_the_report_counts_what_is_left_out(source, tmp_path):
    entries = source.entries(3, "test")
    entries[1] = replace(entries[1], text="")
    made = prepare_tree(corpus("slr65", entries), source.tree(), tmp_path)
    lines = [line.split() for line in render_prepared(made).splitlines()]
    assert ["left", "out", "why", "for", "example"] in lines
    assert ["1", "without", "text", "test-001"] in lines


def test_of_each_reason_the_first_three_are_named_the_most_frequent_first(source, tmp_path):
    entries = source.entries(9, "test")
    entries[:6] = [replace(entry, duration=99.0) for entry in entries[:6]]
    entries[7] = replace(entries[7], text="")
    made = prepare_tree(corpus("slr65", entries), source.tree(), tmp_path, max_seconds=30.0)
    lines = [line.split() for line in render_prepared(made).splitlines()]
    first = lines.index(["6", "longer", "than", "30", "seconds", "test-000"])
    assert lines[first + 1 : first + 4] == [
        ["test-001"],
        ["test-002"],
        ["1", "without", "text", "test-007"],
    ]
