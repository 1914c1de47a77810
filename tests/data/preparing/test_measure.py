"""The rows of a corpus: what the reader says of them, and how long their audio is."""

import math
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from encoded import piped_flac, sweep, uncounted_mp3
from sources import Source, corpus, files, recording, rows, sizes

from plion.data.corpora.corpus import Entry
from plion.data.corpora.tree import Tree
from plion.data.manifest import read_manifest
from plion.data.preparing.prepare import prepare_tree
from plion.data.preparing.prepared import render_prepared
from plion.errors import InputError


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


def test_a_limit_keeps_what_is_just_as_long(source, tmp_path):
    made = prepare_tree(
        corpus("slr65", source.entries(2, "test")), source.tree(), tmp_path, max_seconds=0.5
    )
    assert sizes(made) == [0, 0, 2]


def test_audio_that_nobody_names_is_counted(source, tmp_path):
    entries = source.entries(4, "test")
    made = prepare_tree(corpus("slr65", entries[:3]), source.tree(), tmp_path)
    assert made.unused == 1


def unreadable(folder: Path) -> dict[str, str]:
    """Files that soundfile refuses in ways of its own, and what is said of each."""
    (folder / "raw.raw").write_bytes(bytes(range(100)))
    recording(folder / "locked.wav")
    soundfile.write(folder / "slow.wav", np.zeros(4_000), 2_000)
    return {
        "raw.raw": "raw samples have no header with a rate",
        "locked.wav": "cannot be read: see its permissions",
        "slow.wav": "has a rate of 2,000 Hz: it must be from 4,000 to 384,000 Hz",
    }


@pytest.mark.parametrize("name", ["raw.raw", "locked.wav", "slow.wav"])
def test_audio_that_is_not_taken_is_left_out_with_the_reason(source, tmp_path, monkeypatch, name):
    reason = unreadable(source.folder)[name]
    monkeypatch.setattr("os.access", lambda path, mode: path.stem != "locked")
    entries = [*source.entries(150, "test"), Entry("bad", f"source/{name}", "text", "test")]
    made = prepare_tree(corpus("slr65", entries), source.tree(), tmp_path)
    assert sizes(made) == [0, 0, 150]
    left = made.left_out["with audio that cannot be opened"]
    assert left.first.startswith(f"bad ({name} ") and left.first.endswith(f"{reason})")


@pytest.mark.parametrize("name", ["cut.wav", "cut.ogg", "cut.mp3"])
def test_audio_that_is_cut_off_is_left_out_with_the_reason(source, tmp_path, name):
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 32_000)
    soundfile.write(source.folder / name, noise, 16_000)
    data = (source.folder / name).read_bytes()
    (source.folder / name).write_bytes(data[: len(data) // 2])
    entries = [*source.entries(150, "test"), Entry("bad", f"source/{name}", "text", "test")]
    made = prepare_tree(corpus("slr65", entries), source.tree(), tmp_path)
    assert sizes(made) == [0, 0, 150]
    left = made.left_out["with incomplete audio"]
    assert left.count == 1 and left.first.startswith(f"bad ({name} is ")


@pytest.mark.parametrize(("name", "make"), [("a.mp3", uncounted_mp3), ("a.flac", piped_flac)])
def test_a_length_that_no_header_tells_is_counted(source, tmp_path, name, make):
    source.folder.mkdir(exist_ok=True)
    make(source.folder / name, sweep(3.0))
    entries = [Entry("a", f"source/{name}", "text", "test")]
    prepare_tree(corpus("slr65", entries), source.tree(), tmp_path)
    assert rows(tmp_path, "slr65", "test")[0]["duration"] == pytest.approx(3.0, abs=0.15)


def test_channels_that_cancel_are_kept_and_told(source, tmp_path):
    entries = source.entries(3, "test")
    for one in entries[:2]:
        soundfile.write(
            source.folder.parent / one.audio, np.stack([sweep(1), -sweep(1)], 1), 16_000
        )
    made = prepare_tree(corpus("slr65", entries), source.tree(), tmp_path)
    assert sizes(made) == [0, 0, 3]
    assert (
        "kept: 2 with channels that cancel each other: one of them is used instead of their mean, "
        "the first test-000 (test-000.wav)"
    ) in render_prepared(made)


def test_a_file_system_that_cannot_tell_is_no_traceback(source, tmp_path, monkeypatch):
    entries = source.entries(150, "test")

    def denied(path: Path) -> bool:
        if path.name == "test-003.wav":
            raise PermissionError(13, "Permission denied")
        return True

    monkeypatch.setattr(Path, "is_file", denied)
    made = prepare_tree(corpus("slr65", entries), source.tree(), tmp_path)
    assert made.left_out["with audio that cannot be opened"].first == (
        "test-003 (test-003.wav cannot be read: Permission denied)"
    )


@pytest.mark.parametrize("seconds", [1e9, math.inf])
def test_what_is_said_to_last_more_than_a_day_is_left_out(source, tmp_path, seconds):
    entries = source.entries(3, "test")
    entries[1] = replace(entries[1], duration=seconds)
    made = prepare_tree(corpus("slr65", entries), source.tree(), tmp_path)
    assert sizes(made) == [0, 0, 2]
    assert vars(made.left_out["longer than a day"]) == {
        "count": 1,
        "examples": ["test-001 (test-001.wav)"],
    }


def test_a_name_that_is_not_utf_8_is_told_and_can_be_printed(tmp_path):
    source = Source(tmp_path / os.fsdecode(b"Kl\xe4nge"))
    entries = source.entries(3, "test")
    with pytest.raises(InputError, match=r"Kl\\udce4nge.* give files and folders names") as error:
        prepare_tree(corpus("slr65", entries), source.tree(), tmp_path / "out")
    assert str(error.value).isascii()


def test_a_text_with_half_a_surrogate_pair_is_told(source, tmp_path):
    entries = source.entries(3, "test")
    entries[1] = replace(entries[1], text="so \ud83d")
    with pytest.raises(InputError, match=r"'test-001' .*'so \\ud83d' is not Unicode text"):
        prepare_tree(corpus("slr65", entries), source.tree(), tmp_path)


@pytest.mark.parametrize(("key", "ends"), [("slr65", True), ("commonvoice_ta", False)])
def test_a_bar_has_an_end_only_where_all_audio_is_read(source, tmp_path, capsys, key, ends):
    entries = source.entries(4, "test")
    prepare_tree(corpus(key, entries[:3]), source.tree(), tmp_path)
    assert ("3/4" in capsys.readouterr().err) == ends
