"""From a corpus's files to its manifests: what is in them, and what a reader may ever find."""

import json
import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from plion.data.corpora import hub
from plion.data.corpora.corpus import Corpus, Entry
from plion.data.corpora.published import published
from plion.data.corpora.tree import Tree
from plion.data.manifest import read_manifest
from plion.data.preparing.prepare import prepare, prepare_tree
from plion.data.preparing.prepared import Report, render
from plion.errors import InputError
from plion.runs import sha256


def recording(path: Path, seconds: float = 0.5, rate: int = 8_000) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.zeros(round(seconds * rate), np.int16), rate, format="WAV")


class Source:
    """A corpus of entries as a test gives them, all with a recording of half a second."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)

    def tree(self) -> Tree:
        return Tree(self.folder.name, [self.folder])

    def entries(self, count: int, part: str | None = None, **fields: str) -> list[Entry]:
        """Utterances with an own speaker each, and a text."""
        entries = []
        for number in range(count):
            name = f"{part or 'all'}-{number:03d}"
            recording(self.folder / f"{name}.wav")
            entries.append(
                Entry(name, f"{self.folder.name}/{name}.wav", "text", part, f"of {name}", **fields)
            )
        return entries


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return Source(tmp_path / "source")


def corpus(key: str, entries: list[Entry], **facts: bool) -> Corpus:
    return Corpus(key, (), lambda tree: iter(entries), **facts)


def rows(out: Path, key: str, part: str) -> list[dict]:
    path = out / key / f"{part}.jsonl"
    return [json.loads(line) for line in path.open(encoding="utf-8")] if path.exists() else []


def ids(out: Path, key: str, part: str) -> list[str]:
    return [row["id"] for row in rows(out, key, part)]


def sizes(report: Report) -> list[int]:
    return [
        report.splits[part].utterances if part in report.splits else 0
        for part in ("train", "valid", "test")
    ]


def files(folder: Path) -> dict[str, bytes]:
    """All files of a prepared corpus but the lock."""
    return {
        path.name: path.read_bytes()
        for path in folder.iterdir()
        if path.is_file() and path.name != ".lock"
    }


# --- rows


def test_a_row_has_what_the_reader_says_and_the_measured_length(source, tmp_path):
    recording(source.folder / "wav/a.wav", seconds=1.25)
    entry = Entry("a", "source/wav/a.wav", "ஒன்று", "test", "s1", "nine", "two", None)
    prepare_tree(corpus("slr65", [entry]), source.tree(), tmp_path)
    assert rows(tmp_path, "slr65", "test") == [
        {
            "id": "a",
            "audio": "../source/wav/a.wav",
            "text": "ஒன்று",
            "language": "ta",
            "dataset": "slr65",
            "duration": 1.25,
            "speaker": "s1",
            "block": "s1",
            "sentence": "nine",
            "text_alt": "two",
        }
    ]


def test_without_a_speaker_the_block_is_the_sentence(source, tmp_path):
    entries = [replace(entry, speaker=None, sentence="77") for entry in source.entries(1, "test")]
    prepare_tree(corpus("fleurs_ms", entries), source.tree(), tmp_path)
    [row] = rows(tmp_path, "fleurs_ms", "test")
    assert (row["block"], row["sentence"]) == ("77", "77")
    assert "speaker" not in row


def test_a_manifest_reads_as_one_and_finds_the_audio(source, tmp_path):
    prepare_tree(corpus("slr65", source.entries(3, "test")), source.tree(), tmp_path)
    manifest = read_manifest(tmp_path / "slr65" / "test.jsonl")
    assert [Path(utterance.audio).is_file() for utterance in manifest] == [True] * 3


def test_a_published_duration_is_taken_at_its_word(source, tmp_path):
    [entry] = source.entries(1, "test")
    (source.folder / "test-000.wav").write_bytes(b"not opened")
    entries = [replace(entry, duration=12.5)]
    prepare_tree(corpus("slr65", entries), source.tree(), tmp_path)
    assert rows(tmp_path, "slr65", "test")[0]["duration"] == 12.5


def test_audio_elsewhere_is_absolute(source, tmp_path):
    out = tmp_path / "out"
    prepare_tree(corpus("slr65", source.entries(1, "test")), source.tree(), out)
    assert rows(out, "slr65", "test")[0]["audio"] == str(source.folder / "test-000.wav")


def test_a_folder_whose_name_begins_like_the_output_is_elsewhere(tmp_path):
    source = Source(tmp_path / "data-raw")
    prepare_tree(corpus("slr65", source.entries(1, "test")), source.tree(), tmp_path / "data")
    audio = rows(tmp_path / "data", "slr65", "test")[0]["audio"]
    assert audio == str(tmp_path / "data-raw" / "test-000.wav")


def test_manifests_do_not_depend_on_where_they_lie(tmp_path):
    made = []
    for place in (tmp_path / "here", tmp_path / "there" / "below"):
        source = Source(place / "published")
        entries = [*source.entries(20, "train"), *source.entries(5, "test")]
        prepare_tree(corpus("slr127", entries), source.tree(), place)
        made.append(files(place / "slr127"))
    assert made[0] == made[1]
    assert set(made[0]) == {"train.jsonl", "valid.jsonl", "test.jsonl", "prepared.json"}


def test_a_relative_path_gives_what_an_absolute_one_does(source, tmp_path, monkeypatch):
    entries = source.entries(3, "test")
    prepare_tree(corpus("slr65", entries), source.tree(), tmp_path)
    whole = files(tmp_path / "slr65")
    monkeypatch.chdir(tmp_path)
    prepare_tree(corpus("slr65", entries), Tree("source", [Path("source")]), Path("."))
    assert files(tmp_path / "slr65") == whole


# --- what is left out


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
        "without audio": (2, "gone (source/gone.wav)"),
        "with audio that cannot be opened": (
            1,
            "broken (source/broken.wav: Format not recognised.)",
        ),
        "of 0 seconds": (1, "silent"),
        "longer than 1.5 seconds": (2, "long1"),
        "without text": (1, "empty"),
    }
    assert ids(tmp_path, "slr65", "test") == [entry.id for entry in good]


def test_a_limit_keeps_what_is_just_as_long(source, tmp_path):
    made = prepare_tree(
        corpus("slr65", source.entries(2, "test")), source.tree(), tmp_path, max_seconds=0.5
    )
    assert sizes(made) == [0, 0, 2]


def test_audio_that_nobody_names_is_counted(source, tmp_path):
    entries = source.entries(4, "test")
    made = prepare_tree(corpus("slr65", entries[:3]), source.tree(), tmp_path)
    assert made.unnamed == 1


@pytest.mark.parametrize("content", [None, b"", b"cut"], ids=["missing", "empty", "damaged"])
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


def test_gaps_that_are_the_publishers_own_are_not(source, tmp_path):
    entries = source.entries(9, "test")
    (source.folder / "test-000.wav").unlink()
    made = prepare_tree(corpus("nsc", entries, gaps=True), source.tree(), tmp_path)
    assert sizes(made) == [0, 0, 8]


def test_a_corpus_of_which_nothing_is_left_is_refused(source, tmp_path):
    with pytest.raises(InputError, match=r"no utterance is left \(3 longer than 0.1 seconds\)"):
        prepare_tree(corpus("slr65", source.entries(3)), source.tree(), tmp_path, max_seconds=0.1)


def test_two_utterances_of_one_id_are_refused_by_their_audio(source, tmp_path):
    entries = source.entries(50)
    entries[40] = replace(entries[40], id="all-007")
    with pytest.raises(InputError, match=r"'all-007': .*all-007\.wav and .*all-040\.wav"):
        prepare_tree(corpus("slr65", entries), source.tree(), tmp_path)


# --- splits


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
    prepare_tree(corpus("nsc", entries, sampled=True), source.tree(), tmp_path, "6:2:2")
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
    monkeypatch.setattr("plion.data.preparing.prepare.published", lambda key: small)
    made = prepare_tree(corpus("nsc", source.entries(40), sampled=True), source.tree(), tmp_path)
    assert sizes(made) == [20, 4, 6]
    assert made.left_out["more than the paper took"].count == 10


def test_the_limit_of_length_comes_before_the_draw(source, tmp_path):
    entries = source.entries(50, "train")
    for number in range(20):
        recording(source.folder / f"train-{number:03d}.wav", seconds=2)
    made = prepare_tree(corpus("aishell3", entries), source.tree(), tmp_path, "9:1:1", 1.0)
    assert sizes(made) == [27, 3, 0]


def test_a_test_set_that_was_not_downloaded_is_not_made_of_train(source, tmp_path):
    made = prepare_tree(corpus("aishell1", source.entries(50, "train")), source.tree(), tmp_path)
    assert sizes(made)[2] == 0
    assert "no test drawn" in made.drawn


def test_a_hub_dataset_of_train_alone_is_dealt_to_all_three(source, tmp_path):
    entries = source.entries(50, "train")
    for entry in entries:
        with (source.folder / "metadata.jsonl").open("a") as file:
            file.write(json.dumps({"file_name": Path(entry.audio).name, "text": "satu"}) + "\n")
    source.folder.rename(source.folder.with_name("train"))
    tree = Tree("train", [source.folder.with_name("train")])
    made = prepare_tree(hub.MESOLITICA, tree, tmp_path)
    assert sizes(made) == [45, 2, 3]


def test_by_speaker_a_disjoint_split_is_kept(source, tmp_path):
    entries = [e for part in ("train", "valid", "test") for e in source.entries(5, part)]
    made = prepare_tree(corpus("aishell1", entries), source.tree(), tmp_path, "speaker")
    assert ids(tmp_path, "aishell1", "test") == [entry.id for entry in entries[10:]]
    assert made.drawn == ""


@pytest.mark.parametrize("parts", [["train", "valid", "test"], ["train", "test"], [None]])
def test_by_speaker_anything_else_is_dealt_anew(source, tmp_path, parts):
    entries = [
        replace(entry, speaker=f"speaker {number % 10}")
        for part in parts
        for number, entry in enumerate(source.entries(60 // len(parts), part))
    ]
    made = prepare_tree(corpus("slr127", entries), source.tree(), tmp_path, "speaker")
    speakers = [
        {row["speaker"] for row in rows(tmp_path, "slr127", part)}
        for part in ("train", "valid", "test")
    ]
    assert sizes(made) == [48, 6, 6]
    assert sum(len(one) for one in speakers) == 10
    assert "anew by speaker" in made.drawn


def test_by_speaker_a_complete_split_without_speakers_is_kept(source, tmp_path):
    entries = [
        replace(entry, speaker=None)
        for part in ("train", "valid", "test")
        for entry in source.entries(2, part)
    ]
    made = prepare_tree(corpus("fleurs_zh", entries), source.tree(), tmp_path, "speaker")
    assert sizes(made) == [2, 2, 2]


def test_by_speaker_needs_speakers(source, tmp_path):
    entries = [replace(entry, speaker=None) for entry in source.entries(4)]
    with pytest.raises(InputError, match="names no speakers"):
        prepare_tree(corpus("mesolitica", entries), source.tree(), tmp_path, "speaker")


def test_the_papers_split_is_not_made_of_an_official_release(source, tmp_path):
    entries = [e for part in ("train", "valid", "test") for e in source.entries(2, part)]
    with pytest.raises(InputError, match="its seed is unknown: give the authors' set"):
        prepare_tree(corpus("slr65", entries), source.tree(), tmp_path, "paper")


@pytest.mark.parametrize("split", ["ration", "8:1", "0:1:1", "8:1:x", ""])
def test_an_unknown_split_is_refused_before_anything_is_done(tmp_path, split):
    with pytest.raises(InputError, match=f"unknown split '{split}'.*such as 8:1:1"):
        prepare("slr65", tmp_path, tmp_path / "out", split)
    assert not (tmp_path / "out").exists()


# --- what a reader may find


def test_prepared_json_holds_what_was_made(source, tmp_path):
    entries = [*source.entries(9, "train"), *source.entries(3, "test")]
    prepare_tree(corpus("slr127", entries), source.tree(), tmp_path, "2:1:1", 30.0)
    folder = tmp_path / "slr127"
    record = json.loads((folder / "prepared.json").read_text())
    assert (record["key"], record["split"], record["max_seconds"]) == ("slr127", "2:1:1", 30.0)
    for part, count in (("train", 6), ("valid", 3), ("test", 3)):
        assert record["manifests"][part] == {
            "utterances": count,
            "hours": pytest.approx(count * 0.5 / 3600, abs=1e-6),
            "sha256": sha256(folder / f"{part}.jsonl"),
        }


def test_a_manifest_of_an_earlier_split_does_not_stay(source, tmp_path):
    entries = source.entries(10)
    prepare_tree(corpus("slr65", entries), source.tree(), tmp_path)
    prepare_tree(corpus("slr65", entries), source.tree(), tmp_path, "1:0:0")
    assert set(files(tmp_path / "slr65")) == {"train.jsonl", "prepared.json"}


def test_an_error_in_the_middle_leaves_the_earlier_manifests(source, tmp_path):
    entries = source.entries(200, "test")
    prepare_tree(corpus("slr65", entries), source.tree(), tmp_path)
    before = files(tmp_path / "slr65")

    def broken(tree: Tree) -> Iterator[Entry]:
        yield from entries[:150]
        raise InputError("line_index.tsv:151: broken")

    with pytest.raises(InputError, match="151: broken"):
        prepare_tree(Corpus("slr65", (), broken), source.tree(), tmp_path)
    assert files(tmp_path / "slr65") == before
    assert not (tmp_path / "slr65" / ".draft").exists()


def mile(folder: Path, train: int = 300, test: int = 30) -> Path:
    """SLR127 as published."""
    for part, count in (("train", train), ("test", test)):
        texts = folder / part / "trans_files"
        texts.mkdir(parents=True)
        for number in range(count):
            stem = f"MILE_{number % 7:07d}_{number:07d}{part == 'test':d}"
            (texts / f"{stem}.txt").write_text("ஒன்று இரண்டு\n", encoding="utf-8")
            recording(folder / part / "audio_files" / f"{stem}.wav", 0.1 + number % 5 / 10)
    return folder


@pytest.fixture(scope="module")
def tamil(tmp_path_factory) -> Path:
    return mile(tmp_path_factory.mktemp("tamil") / "mile_tamil_asr_corpus")


# Dies at the n-th call of a function, as if the machine had stopped there.
DYING = """
import os, signal, sys
from pathlib import Path
from plion.data.preparing import measure, prepare

def mortal(function, calls):
    def call(*arguments):
        nonlocal calls
        calls -= 1
        if calls == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments)
    return call

source, out, name, calls = sys.argv[1:]
owner, _, function = name.rpartition(".")
owner = {"Path": Path, "measure": measure, "prepare": prepare}[owner]
setattr(owner, function, mortal(getattr(owner, function), int(calls)))
prepare.prepare("slr127", Path(source), Path(out), "9:1:1")
"""


def die(source: Path, out: Path, function: str, calls: int) -> None:
    command = [sys.executable, "-c", DYING, str(source), str(out), function, str(calls)]
    killed = subprocess.run(command, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr


@pytest.mark.parametrize(
    ("function", "calls"),
    [
        ("measure._row", 200),  # while the reader reads,
        ("measure._refuse_doubles", 1),
        ("prepare._write_manifests", 1),
        ("prepare._publish", 1),
        ("Path.replace", 1),  # and at each of the moves to the final names
        ("Path.replace", 2),
        ("Path.replace", 3),
        ("Path.replace", 4),
    ],
)
def test_killed_anywhere_and_repeated_it_ends_the_same(tamil, tmp_path, function, calls):
    prepare("slr127", tamil, tmp_path / "whole", "9:1:1")
    whole = files(tmp_path / "whole" / "slr127")

    out = tmp_path / "killed"
    die(tamil, out, function, calls)
    found = files(out / "slr127")
    assert found.items() <= whole.items()
    assert "prepared.json" not in found

    prepare("slr127", tamil, out, "9:1:1")
    assert files(out / "slr127") == whole
    assert not (out / "slr127" / ".draft").exists()


def test_killed_between_the_manifests_no_record_speaks_of_those_before(tamil, tmp_path):
    prepare("slr127", tamil, tmp_path, "1:1:1")
    die(tamil, tmp_path, "Path.replace", 2)
    assert not (tmp_path / "slr127" / "prepared.json").exists()


# --- through the publishers' layouts


def test_the_order_of_the_file_system_does_not_matter(tmp_path, monkeypatch):
    source = mile(tmp_path / "mile_tamil_asr_corpus", 40, 10)
    prepare("slr127", source, tmp_path)
    made = files(tmp_path / "slr127")
    walk = os.walk

    def backwards(*arguments, **options):
        for folder, folders, names in walk(*arguments, **options):
            folders.sort(reverse=True)
            yield folder, folders, sorted(names, reverse=True)

    monkeypatch.setattr("os.walk", backwards)
    prepare("slr127", source, tmp_path)
    assert files(tmp_path / "slr127") == made


def test_an_archive_is_unpacked_below_the_corpus(tmp_path):
    source = mile(tmp_path / "mile_tamil_asr_corpus", 20, 5)
    archive = tmp_path / "mile_tamil_asr_corpus.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(source, arcname=source.name)
    made = prepare("slr127", archive, tmp_path / "out")
    assert sizes(made) == [18, 2, 5]
    for row in rows(tmp_path / "out", "slr127", "test"):
        assert row["audio"].startswith("audio/")
        assert (tmp_path / "out" / "slr127" / row["audio"]).is_file()


def test_aishell1_with_an_archive_a_speaker(tmp_path):
    source = tmp_path / "data_aishell"
    lines = []
    for part, speaker in (("train", "S0002"), ("dev", "S0724"), ("test", "S0764")):
        for number in range(3):
            stem = f"BAC009{speaker}W{number:04d}"
            recording(tmp_path / part / speaker / f"{stem}.wav", rate=16_000)
            if number:  # some waves have no transcript
                lines.append(f"{stem} 而 对 楼市\n")
        (source / "wav").mkdir(parents=True, exist_ok=True)
        with tarfile.open(source / "wav" / f"{speaker}.tar.gz", "w:gz") as tar:
            tar.add(tmp_path / part, arcname=part)
    (source / "transcript").mkdir()
    (source / "transcript" / "aishell_transcript_v0.8.txt").write_text("".join(lines))
    made = prepare("aishell1", source, tmp_path / "out")
    assert sizes(made) == [2, 2, 2]
    assert made.unnamed == 3
    [first, _] = rows(tmp_path / "out", "aishell1", "valid")
    assert (first["text"], first["speaker"], first["duration"]) == ("而对楼市", "S0724", 0.5)


def hub_set(folder: Path) -> Path:
    for part in ("train", "validation", "test"):
        for number in range(2):
            recording(folder / part / f"{number}.wav")
        lines = [json.dumps({"file_name": f"{n}.wav", "text": "ஒன்று"}) for n in range(2)]
        (folder / part / "metadata.jsonl").write_text("\n".join(lines))
    return folder


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


def test_an_unknown_key_is_told_with_the_nearest(tmp_path):
    with pytest.raises(InputError, match="did you mean 'slr65'"):
        prepare("slr66", tmp_path, tmp_path / "out")


def test_a_source_that_is_not_there_leaves_nothing(tmp_path):
    with pytest.raises(InputError, match="there is no .*nowhere"):
        prepare("slr65", tmp_path / "nowhere", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_bar_tells_how_far_it_is(tmp_path, capsys):
    prepare("slr127", mile(tmp_path / "mile_tamil_asr_corpus", 20, 5), tmp_path)
    assert "25/25" in capsys.readouterr().err


# --- the report


def test_the_report_stands_beside_the_papers_table(source, tmp_path):
    entries = [*source.entries(40, "train"), *source.entries(3, "test")]
    entries = [replace(entry, duration=360.0) for entry in entries]
    made = prepare_tree(corpus("slr127", entries), source.tree(), tmp_path, "9:1:1")
    lines = [line.split() for line in render(made).splitlines()]
    assert ["train", "36", "69,575", "-69,539", "3.60", "119.86", "-116.26"] in lines
    assert ["all", "43", "89,392", "-89,349", "4.30", "150.07", "-145.77"] in lines


def test_the_report_tells_what_is_known_of_a_difference(source, tmp_path):
    entries = source.entries(5, "test")
    made = prepare_tree(corpus("slr65", entries[:4]), source.tree(), tmp_path)
    text = render(made)
    assert f"the paper: {published('slr65').difference}" in text
    assert "not used: 1 audio files" in text


def test_the_report_says_nothing_of_a_difference_where_there_is_none(source, tmp_path):
    made = prepare_tree(corpus("slr65", source.entries(5, "test")), source.tree(), tmp_path)
    paper = published("slr65")
    same = replace(made, splits={part: paper.split(part) for part in ("train", "valid", "test")})
    text = render(same)
    assert "the paper:" not in text
    assert "+0 " in text


def test_the_report_counts_what_is_left_out(source, tmp_path):
    entries = source.entries(3, "test")
    entries[1] = replace(entries[1], text="")
    made = prepare_tree(corpus("slr65", entries), source.tree(), tmp_path)
    assert "left out: 1 without text, the first test-001" in render(made)
