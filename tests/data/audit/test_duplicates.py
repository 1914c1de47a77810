"""The same audio is found by content, and nothing else is."""

import pytest
from handmade import Corpora

from plion.errors import InputError

AUDIO = bytes(range(256)) * 40  # longer than what is compared first


def copies(corpora: Corpora) -> list[list[str]]:
    return [
        [f"{dataset} {id}" for dataset, _, id in copy.members] for copy in corpora.audit().copies
    ]


def test_equal_files_are_found_under_any_name_in_any_part_and_corpus(corpora: Corpora) -> None:
    corpora.part("nsc", "train", [{"content": AUDIO}, {}, {"content": AUDIO}])
    corpora.part("nsc", "test", [{}, {"content": AUDIO}])
    corpora.part("slr65", "train", [{"content": AUDIO}])
    assert copies(corpora) == [["nsc test-1", "nsc train-0", "nsc train-2", "slr65 train-0"]]


def test_files_of_one_size_that_differ_at_their_end_are_different(corpora: Corpora) -> None:
    corpora.part("nsc", "train", [{"content": AUDIO + b"a"}, {"content": AUDIO + b"b"}])
    assert copies(corpora) == []


def test_files_of_one_beginning_that_differ_in_size_are_different(corpora: Corpora) -> None:
    corpora.part("nsc", "train", [{"content": AUDIO}, {"content": AUDIO + b"b"}])
    assert copies(corpora) == []


def test_parts_of_one_long_file_are_different_unless_they_begin_together(corpora: Corpora) -> None:
    long = {"audio": "long.wav", "content": AUDIO}
    corpora.part("nsc", "train", [long, {**long, "offset": 2.0}, {**long, "offset": 4.0}])
    corpora.part("nsc", "test", [{**long, "offset": 4.0}])
    assert copies(corpora) == [["nsc test-0", "nsc train-2"]]


def test_empty_and_missing_files_are_not_compared(corpora: Corpora) -> None:
    corpora.part("nsc", "train", [{"content": b""}, {"content": b""}, {"content": None}])
    assert copies(corpora) == []
    assert corpora.audit().missing == 1


def test_a_file_that_cannot_be_read_is_named(corpora: Corpora) -> None:
    corpora.part("nsc", "train", [{"content": AUDIO}, {"content": AUDIO}])
    (corpora.root / "nsc" / "train-1.wav").unlink()
    (corpora.root / "nsc" / "train-1.wav").mkdir()
    size = (corpora.root / "nsc" / "train-1.wav").stat().st_size
    (corpora.root / "nsc" / "train-0.wav").write_bytes(bytes(size))
    with pytest.raises(InputError, match=r"audio .*train-1\.wav cannot be read: Is a directory"):
        corpora.audit()
