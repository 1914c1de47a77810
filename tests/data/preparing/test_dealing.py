"""Which parts are the publisher's, which are drawn, and which are neither."""

import shutil
from dataclasses import replace

import pytest
from sources import corpus, hub_set, ids, recording, rows, sizes

from plion.data.corpora.published import published
from plion.data.preparing.prepare import prepare, prepare_tree
from plion.errors import InputError


def test_a_publishers_split_is_kept_in_its_order(source, tmp_path):
    entries = [e for part in ("test", "train", "valid") for e in source.entries(5, part)]
    made = prepare_tree(corpus("aishell1", entries), source.tree(), tmp_path)
    assert sizes(made) == [5, 5, 5]
    assert made.drawn == ""
    for part in ("train", "valid", "test"):
        assert ids(tmp_path, "aishell1", part) == [f"{part}-{n:03d}" for n in range(5)]


def test_a_lacking_valid_is_drawn_from_train_in_the_papers_proportion(source, tmp_path):
    entries = [*source.entries(50, "train"), *source.entries(7, "test")]
    made = prepare_tree(corpus("aishell3", entries), source.tree(), tmp_path)
    assert sizes(made) == [45, 5, 7]  # 63,262 are 56,936 and 6,326 there
    assert made.drawn == "valid drawn from train"
    both = ids(tmp_path, "aishell3", "train") + ids(tmp_path, "aishell3", "valid")
    assert sorted(both) == [entry.id for entry in entries[:50]]


def test_without_any_split_all_three_are_drawn(source, tmp_path):
    made = prepare_tree(corpus("slr65", source.entries(100)), source.tree(), tmp_path)
    assert sizes(made) == [80, 10, 10]


def test_own_proportions(source, tmp_path):
    made = prepare_tree(corpus("slr65", source.entries(60)), source.tree(), tmp_path, "34:6:20")
    assert sizes(made) == [34, 6, 20]


def test_own_proportions_leave_a_publishers_part_as_it_is(source, tmp_path):
    entries = [*source.entries(50, "train"), *source.entries(7, "test")]
    made = prepare_tree(corpus("aishell3", entries), source.tree(), tmp_path, "20:5:1")
    assert sizes(made) == [40, 10, 7]


def test_sentences_stay_together_where_they_are_known(source, tmp_path):
    entries = [
        replace(entry, sentence=f"sentence {number % 20}")
        for number, entry in enumerate(source.entries(60))
    ]
    prepare_tree(corpus("nsc", entries), source.tree(), tmp_path, "6:2:2")
    found = [
        {row["sentence"] for row in rows(tmp_path, "nsc", part)}
        for part in ("train", "valid", "test")
    ]
    assert [len(one) for one in found] == [12, 4, 4]
    assert len(set().union(*found)) == 20


def test_a_sampled_corpus_has_as_many_utterances_as_the_papers(source, tmp_path, monkeypatch):
    small = replace(
        published("nsc"),
        **{
            part: replace(published("nsc").split(part), utterances=count)
            for part, count in (("train", 20), ("valid", 4), ("test", 6))
        },
    )
    monkeypatch.setattr("plion.data.preparing.dealing.published", lambda key: small)
    made = prepare_tree(corpus("nsc", source.entries(40)), source.tree(), tmp_path)
    assert sizes(made) == [20, 4, 6]
    assert made.left_out["beyond the number in the paper"].count == 10


def test_the_limit_of_length_comes_before_the_draw(source, tmp_path):
    entries = source.entries(50, "train")
    for number in range(20):
        recording(source.folder / f"train-{number:03d}.wav", seconds=2)
    made = prepare_tree(
        corpus("aishell3", entries), source.tree(), tmp_path, "9:1:1", max_seconds=1.0
    )
    assert sizes(made) == [27, 3, 0]


# Keys by what their publishers ship, the parts that were downloaded, and those that must not be
# made of these.
NOT_WHOLE = [
    ("librispeech", ["train"], "valid and test"),
    ("librispeech", ["train", "test"], "valid"),
    ("aishell1", ["train", "valid"], "test"),
    ("commonvoice_ta", ["train"], "valid and test"),
    ("fleurs_ms", ["train"], "valid and test"),
    ("fleurs_ms", ["valid", "test"], "train"),
    ("aishell3", ["train"], "test"),
    ("slr127", ["test"], "train"),
]


@pytest.mark.parametrize("split", ["ratio", "8:1:1"])
@pytest.mark.parametrize(("key", "there", "withheld"), NOT_WHOLE)
def test_a_part_that_was_not_downloaded_is_not_made_of_another(
    source, tmp_path, key, there, withheld, split
):
    entries = [entry for part in there for entry in source.entries(50, part)]
    made = prepare_tree(corpus(key, entries), source.tree(), tmp_path, split)
    assert not made.splits.keys() & set(withheld.split(" and "))
    assert f"no {withheld}: the source lacks the publisher's own" in made.drawn


@pytest.mark.parametrize(("key", "there", "withheld"), NOT_WHOLE)
def test_by_speaker_a_part_that_was_not_downloaded_is_asked_for(
    source, tmp_path, key, there, withheld
):
    entries = [entry for part in there for entry in source.entries(5, part)]
    with pytest.raises(
        InputError, match=f"--split speaker: the source lacks the publisher's own {withheld} of"
    ):
        prepare_tree(corpus(key, entries), source.tree(), tmp_path, "speaker")


def test_a_part_that_the_publisher_lacks_is_drawn_beside_one_that_is_missing(source, tmp_path):
    made = prepare_tree(corpus("aishell3", source.entries(50, "train")), source.tree(), tmp_path)
    assert sizes(made) == [45, 5, 0]
    assert made.drawn.startswith("valid drawn from train; no test: ")


def test_a_part_of_which_all_is_left_out_is_not_made_of_another(source, tmp_path):
    entries = source.entries(50, "train")
    entries += [replace(entry, text="") for entry in source.entries(5, "test")]
    made = prepare_tree(corpus("mesolitica", entries), source.tree(), tmp_path, "8:1:1")
    assert sizes(made) == [44, 6, 0]
    assert "no test: " in made.drawn


@pytest.mark.parametrize("key", ["mesolitica", "librispeech"])
def test_a_hub_dataset_of_train_alone_is_dealt_to_all_three(tmp_path, key):
    hub_set(tmp_path / "set", 50)
    for part in ("validation", "test"):
        shutil.rmtree(tmp_path / "set" / part)
    made = prepare(key, tmp_path / "set", tmp_path / "out", "8:1:1")
    assert sizes(made) == [40, 5, 5]
    assert made.drawn == "valid and test drawn from train"


def test_a_corpus_that_the_paper_lacks_is_dealt_eight_to_one_to_one(source, tmp_path):
    unknown = replace(corpus("slr65", source.entries(50)), key="thirteenth", sampled=True)
    assert sizes(prepare_tree(unknown, source.tree(), tmp_path)) == [40, 5, 5]


def test_by_speaker_a_disjoint_split_is_kept(source, tmp_path):
    entries = [e for part in ("train", "valid", "test") for e in source.entries(5, part)]
    made = prepare_tree(corpus("aishell1", entries), source.tree(), tmp_path, "speaker")
    assert ids(tmp_path, "aishell1", "test") == [entry.id for entry in entries[10:]]
    assert made.drawn == ""


@pytest.mark.parametrize("parts", [["train", "valid", "test"], ["train"], [None]])
def test_by_speaker_anything_else_is_dealt_anew(source, tmp_path, parts):
    entries = [
        replace(entry, speaker=f"speaker {number % 10}")
        for part in parts
        for number, entry in enumerate(source.entries(60 // len(parts), part))
    ]
    made = prepare_tree(corpus("slr65", entries), source.tree(), tmp_path, "speaker")
    speakers = [
        {row["speaker"] for row in rows(tmp_path, "slr65", part)}
        for part in ("train", "valid", "test")
    ]
    assert sizes(made) == [48, 6, 6]
    assert sum(len(one) for one in speakers) == 10
    assert "anew by speaker" in made.drawn


def test_by_speaker_the_publishers_train_and_test_are_dealt_anew(source, tmp_path):
    entries = [*source.entries(45, "train"), *source.entries(5, "test")]
    made = prepare_tree(corpus("aishell3", entries), source.tree(), tmp_path, "speaker")
    assert sum(sizes(made)) == 50 and min(sizes(made)) > 0
    assert (
        made.drawn
        == "all utterances split anew by speaker, since the publisher's split is not complete"
    )


@pytest.mark.parametrize(("named", "who"), [(0, "speakers"), (4, "the speakers of 2 utterances")])
def test_by_speaker_a_complete_split_without_all_speakers_is_kept_and_that_is_said(
    source, tmp_path, named, who
):
    entries = [entry for part in ("train", "valid", "test") for entry in source.entries(2, part)]
    entries[named:] = [replace(entry, speaker=None) for entry in entries[named:]]
    made = prepare_tree(corpus("fleurs_zh", entries), source.tree(), tmp_path, "speaker")
    assert sizes(made) == [2, 2, 2]
    assert made.drawn == f"{who} are unknown: the publisher's split is kept, and may share speakers"


def test_by_speaker_needs_speakers(source, tmp_path):
    entries = [replace(entry, speaker=None) for entry in source.entries(4)]
    with pytest.raises(InputError, match="names no speakers"):
        prepare_tree(corpus("mesolitica", entries), source.tree(), tmp_path, "speaker")


def test_the_papers_split_is_not_made_of_an_official_release(source, tmp_path):
    entries = [e for part in ("train", "valid", "test") for e in source.entries(2, part)]
    with pytest.raises(InputError, match="since its seed is unknown: give the authors' data set"):
        prepare_tree(corpus("slr65", entries), source.tree(), tmp_path, "paper")


@pytest.mark.parametrize("key", ["slr65", "mesolitica"])
def test_the_authors_sets_have_the_papers_split(tmp_path, key):
    made = prepare(key, hub_set(tmp_path / "set"), tmp_path / "out", split="paper")
    assert sizes(made) == [2, 2, 2]
    assert {row["dataset"] for row in rows(tmp_path / "out", key, "test")} == {key}


def test_an_authors_set_without_valid_does_not(tmp_path):
    source = hub_set(tmp_path / "set")
    (source / "validation" / "metadata.jsonl").unlink()
    with pytest.raises(InputError, match="with train, valid and test"):
        prepare("slr65", source, tmp_path / "out", split="paper")
