"""The corpora as the paper used them, and why what is shipped differs."""

import pytest

from plion.data.corpora.published import PARTS, published, published_corpora
from plion.scoring.benchmarks import suite

LANGUAGES = {row.key: row.language for row in suite("sg12")}
# What the publishers' releases have in train, valid and test, where that is known.
RELEASED = {
    "librispeech": (28_539, 2_703, 2_620),
    "commonvoice_zh": (29_474, 10_635, 10_635),
    "aishell1": (120_098, 14_326, 7_176),
    "commonvoice_ta": (46_401, 12_150, 12_240),
}


def test_corpora_are_the_twelve_of_the_suite():
    assert {row.benchmark: row.language for row in published_corpora()} == LANGUAGES


def test_corpora_add_up_to_the_papers_totals():
    corpora = published_corpora()
    assert sum(row.train.utterances for row in corpora) == 479_364
    assert sum(row.test.utterances for row in corpora) == 71_267
    assert sum(row.train.hours for row in corpora) == pytest.approx(782.99)


def test_a_split_is_found_by_its_name():
    row = published("librispeech")
    assert [row.split(part).utterances for part in PARTS] == [28_539, 2_700, 2_619]
    assert row.amounts == (28_539, 2_700, 2_619)


def test_a_corpus_that_the_paper_lacks_has_no_row():
    assert published("thirteenth") is None


@pytest.mark.parametrize("key", RELEASED)
def test_a_difference_is_explained_where_there_is_one_and_only_there(key):
    row = published(key)
    assert bool(row.difference) == (row.amounts != RELEASED[key])


@pytest.mark.parametrize("key", ["librispeech", "commonvoice_zh", "commonvoice_ta"])
def test_the_explanation_names_the_released_counts_that_differ(key):
    row = published(key)
    for ours, theirs in zip(RELEASED[key], row.amounts, strict=True):
        assert ours == theirs or f"{ours:,}" in row.difference
