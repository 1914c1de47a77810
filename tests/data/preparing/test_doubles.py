"""Utterances that a corpus lists more than once."""

from dataclasses import replace

import pytest
from sources import corpus, rows

from plion.data.preparing.prepare import prepare_tree
from plion.errors import InputError


def test_two_utterances_of_one_id_are_refused_by_their_audio(source, tmp_path):
    entries = source.entries(50)
    entries[40] = replace(entries[40], id="all-007")
    with pytest.raises(InputError, match=r"'all-007': .*all-007\.wav and .*all-040\.wav"):
        prepare_tree(corpus("slr65", entries), source.tree(), tmp_path)


def test_what_is_listed_twice_is_left_out_the_second_time(source, tmp_path):
    entries = source.entries(5, "test")
    other = replace(entries[3], text="another\ttext")
    listed = corpus("slr65", [*entries, entries[1], other, entries[1]])
    made = prepare_tree(listed, source.tree(), tmp_path)
    assert {reason: vars(one) for reason, one in made.left_out.items()} == {
        "listed twice": {"count": 2, "examples": ["test-001", "test-001"]},
        "with a repeated id and another sentence": {
            "count": 1,
            "examples": ["test-003 ('another\ttext')"],
        },
    }
    kept = rows(tmp_path, "slr65", "test")
    assert [row["id"] for row in kept] == [entry.id for entry in entries]
    assert {row["text"] for row in kept} == {"text"}
    assert (made.unused, made.splits["test"].utterances) == (0, 5)
    assert made.splits["test"].hours == pytest.approx(2.5 / 3600)
