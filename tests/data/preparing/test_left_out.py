"""What is left out of a corpus: how it is counted and named, and when the corpus is refused."""

from dataclasses import replace

import pytest
from sources import corpus, files, ids, recording, sizes

from plion.data.corpora.corpus import Entry, Omitted
from plion.data.preparing.prepare import prepare_tree
from plion.data.preparing.prepared import left_out_of
from plion.errors import InputError
from plion.system.files import sha256


def test_what_is_left_out_is_counted_with_the_first_of_each_kind(source, tmp_path):
    good = source.entries(400, "test")
    for name, seconds in (("empty", 0.5), ("silent", 0.0), ("long1", 2.0), ("long2", 3.0)):
        recording(source.folder / f"{name}.wav", seconds)
    (source.folder / "broken.wav").write_bytes(b"no sound in here")
    (source.folder / "dangling.wav").symlink_to(tmp_path / "nowhere.wav")
    names = ("gone", "dangling", "broken", "silent", "long1", "long2", "empty")
    bad = [Entry(n, f"source/{n}.wav", " " if n == "empty" else "text", "test") for n in names]
    made = prepare_tree(corpus("slr65", [*bad, *good]), source.tree(), tmp_path, max_seconds=1.5)
    assert {reason: (one.count, one.first) for reason, one in made.left_out.items()} == {
        "without audio": (2, "gone (gone.wav)"),
        "with audio that cannot be opened": (
            1,
            "broken (broken.wav cannot be decoded: Format not recognised.)",
        ),
        "of 0 seconds": (1, "silent"),
        "longer than 1.5 seconds": (2, "long1"),
        "without text": (1, "empty"),
    }
    assert ids(tmp_path, "slr65", "test") == [entry.id for entry in good]


@pytest.mark.parametrize("content", [None, b"cut"], ids=["missing", "damaged"])
def test_a_corpus_with_much_audio_missing_is_refused(source, tmp_path, content):
    entries = source.entries(99, "test")
    for number in range(2):
        path = source.folder / f"test-{number:03d}.wav"
        path.unlink()
        if content is not None:
            path.write_bytes(content)
    with pytest.raises(InputError, match="of 99 utterances 2 with.* the first test-000 .*download"):
        prepare_tree(corpus("slr65", entries), source.tree(), tmp_path)
    assert files(tmp_path / "slr65") == {}


def test_audio_that_is_lost_is_named_by_kind_and_left_out_where_that_is_asked_for(source, tmp_path):
    listed = corpus("slr65", source.entries(9, "test"))
    (source.folder / "test-000.wav").unlink()
    (source.folder / "test-001.wav").write_bytes(b"cut")
    message = (
        r"1 without audio, the first test-000 \(test-000.wav\); 1 with audio that cannot be "
        r"opened, the first test-001 .*--skip-broken 2 leaves them out"
    )
    with pytest.raises(InputError, match=message):
        prepare_tree(listed, source.tree(), tmp_path, skip_broken=1)
    assert sizes(prepare_tree(listed, source.tree(), tmp_path, skip_broken=2)) == [0, 0, 7]


def test_gaps_that_are_the_publishers_own_are_not(source, tmp_path):
    entries = source.entries(9, "test")
    (source.folder / "test-000.wav").unlink()
    made = prepare_tree(corpus("nsc", entries), source.tree(), tmp_path)
    assert sizes(made) == [0, 0, 8]


def test_a_corpus_of_which_nothing_is_left_is_refused(source, tmp_path):
    expected = r"no utterances left \(3 longer than 0.1 seconds, the first all-000\)"
    with pytest.raises(InputError, match=expected):
        prepare_tree(corpus("slr65", source.entries(3)), source.tree(), tmp_path, max_seconds=0.1)


def test_all_that_is_left_out_is_named_in_a_file_beside_the_manifests(source, tmp_path):
    good = source.entries(6, "test")
    bad = [replace(entry, text="") for entry in good[:4]]
    broken = Omitted("in a broken row", "source/index.tsv:7: cut\there", broken=True)
    others = Omitted("of other subsets", "train-other-500", 148_688)
    made = prepare_tree(corpus("slr65", [*bad, broken, *good[4:], others]), source.tree(), tmp_path)
    assert (tmp_path / "slr65" / "left_out.tsv").read_text().splitlines() == [
        *(f"without text\t1\t{entry.id}" for entry in bad),
        "in a broken row\t1\tindex.tsv:7: cut\\there",
        "of other subsets\t148688\ttrain-other-500",
    ]
    assert made.left_out["of other subsets"].count == 148_688
    prepare_tree(corpus("slr65", good), source.tree(), tmp_path)
    assert not (tmp_path / "slr65" / "left_out.tsv").exists()


def test_clips_of_0_bytes_are_left_out_and_counted_whatever_is_said_of_them(source, tmp_path):
    entries = source.entries(5, "test")
    for name in ("test-001", "test-003"):
        (source.folder / f"{name}.wav").write_bytes(b"")
    entries[3] = replace(entries[3], duration=2.0)
    made = prepare_tree(corpus("slr65", entries), source.tree(), tmp_path)
    assert vars(made.left_out["with audio of 0 bytes"]) == {
        "count": 2,
        "examples": ["test-001 (test-001.wav)", "test-003 (test-003.wav)"],
    }
    assert sizes(made) == [0, 0, 3]


def test_a_corpus_with_many_clips_of_0_bytes_is_refused(source, tmp_path):
    entries = source.entries(30, "test")
    for entry in entries[:11]:
        (source.folder / f"{entry.id}.wav").write_bytes(b"")
    with pytest.raises(InputError, match=r"of 30 utterances 11 with audio of 0 bytes.*download"):
        prepare_tree(corpus("slr65", entries), source.tree(), tmp_path)


def cut(count):
    return [Omitted("in a broken row", f"source/a.tsv:{n}: cut", broken=True) for n in range(count)]


def test_broken_rows_are_left_out_up_to_a_number(source, tmp_path):
    good = source.entries(5, "test")
    made = prepare_tree(corpus("slr65", [*cut(10), *good]), source.tree(), tmp_path)
    assert (made.left_out["in a broken row"].count, sizes(made)) == (10, [0, 0, 5])
    listed = corpus("slr65", [*cut(11), *good])
    message = r"of 16 rows 11 are broken, the first a.tsv:0: cut; --skip-broken 11 leaves them out"
    with pytest.raises(InputError, match=message):
        prepare_tree(listed, source.tree(), tmp_path)
    assert sizes(prepare_tree(listed, source.tree(), tmp_path, skip_broken=11)) == [0, 0, 5]
    with pytest.raises(InputError, match="10 are broken"):
        prepare_tree(corpus("slr65", [*cut(10), *good]), source.tree(), tmp_path, skip_broken=9)


def test_of_many_rows_a_hundredth_may_be_broken(source, tmp_path):
    (one,) = source.entries(1, "test")
    good = [replace(one, id=f"{number}") for number in range(1089)]
    made = prepare_tree(corpus("slr65", [*good, *cut(11)]), source.tree(), tmp_path)
    assert made.left_out["in a broken row"].count == 11


def test_what_was_left_out_is_known_of_the_manifests_as_they_were_written(source, tmp_path):
    listed = corpus("slr65", [Entry("empty", "source/train-000.wav", " ", "test"),
                              *source.entries(9, "test")])  # fmt: skip
    recording(source.folder / "train-000.wav", 0.5)
    prepare_tree(listed, source.tree(), tmp_path)
    manifest = tmp_path / "slr65" / "test.jsonl"
    assert left_out_of(manifest, sha256(manifest)) == {"without text": 1}
    manifest.write_text(manifest.read_text() + "\n")
    assert left_out_of(manifest, sha256(manifest)) is None
    assert left_out_of(tmp_path / "test.jsonl", "") is None
