"""From what was downloaded of a corpus to its manifests."""

import json
import math
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from sources import files, mile, recording, rows, sizes

from plion.data.corpora.catalogue import CORPORA
from plion.data.corpora.corpus import Corpus, Entry
from plion.data.corpora.tree import Tree
from plion.data.preparing.prepare import prepare
from plion.data.preparing.prepared import render_prepared
from plion.errors import InputError


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
    assert made.unused == 3
    [first, _] = rows(tmp_path / "out", "aishell1", "valid")
    assert (first["text"], first["speaker"], first["duration"]) == ("而对楼市", "S0724", 0.5)


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


@pytest.mark.parametrize("split", ["ration", "8:1", "0:1:1", "8:1:x", ""])
def test_an_unknown_split_is_refused_before_anything_is_done(tmp_path, split):
    with pytest.raises(InputError, match=f"unknown split '{split}'.*such as 8:1:1"):
        prepare("slr65", tmp_path, tmp_path / "out", split)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("limit", [0.0, -1.0, math.nan, math.inf])
def test_a_limit_that_is_none_is_refused_before_anything_is_done(tmp_path, limit):
    with pytest.raises(InputError, match="--max-seconds must be a finite number above 0, not"):
        prepare("slr65", tmp_path, tmp_path / "out", max_seconds=limit)
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    source = mile(tmp_path / "mile_tamil_asr_corpus", 2, 2)
    (tmp_path / "file").touch()
    for out in (tmp_path / "file", Path("/proc/plion")):
        with pytest.raises(InputError, match=f"folder {out}/slr127 cannot be created or written"):
            prepare("slr127", source, out)


def test_a_new_corpus_is_one_entry_of_the_catalogue(tmp_path, monkeypatch):
    def read(tree: Tree) -> Iterator[Entry]:
        for path in tree.glob("prompts.txt"):
            for _, line in tree.lines(path):
                name, _, text = line.partition(" ")
                yield Entry(name, f"{tree.name}/{name}.wav", text)

    monkeypatch.setitem(CORPORA, "thirteenth", Corpus("thirteenth", "ms", ("prompts.txt",), read))
    names = [f"u{number:02d}" for number in range(20)]
    for name in names:
        recording(tmp_path / "set" / f"{name}.wav")
    prompts = "".join(f"{name} satu dua\n" for name in names)
    (tmp_path / "set" / "prompts.txt").write_text(prompts)

    made = prepare("thirteenth", tmp_path / "set", tmp_path)
    assert sizes(made) == [16, 2, 2]
    assert {row["language"] for row in rows(tmp_path, "thirteenth", "train")} == {"ms"}
    lines = [" ".join(line.split()) for line in render_prepared(made).splitlines()]
    assert [line for line in lines if not line.startswith("--")] == [
        "thirteenth",
        "",
        "split utterances hours",
        "train 16 0.00",
        "valid 2 0.00",
        "test 2 0.00",
        "all 20 0.00",
        "",
        "train and valid and test drawn from utterances that the publisher does not split",
    ]


def test_manifests_of_the_official_recipe_are_prepared_without_their_tags(tmp_path, capsys):
    rows_of = {"train": ["Malay", "None", "Malay", "English"], "eval": ["Malay"], "test": ["malay"]}
    for name, languages in rows_of.items():
        lines = []
        for number, language in enumerate(languages):
            recording(tmp_path / "wavs" / f"{name}{number}.wav")
            audio = str(tmp_path / "wavs" / f"{name}{number}.wav")
            lines.append(json.dumps({"audio": audio, "text": f"language {language}<asr_text>dua"}))
        (tmp_path / "set").mkdir(exist_ok=True)
        (tmp_path / "set" / f"{name}.jsonl").write_text("\n".join(lines) + "\n")
    made = prepare("mesolitica", tmp_path / "set", tmp_path / "out")
    assert sizes(made) == [3, 1, 1]
    row = rows(tmp_path / "out", "mesolitica", "valid")[0]
    assert (row["text"], row["language"]) == ("dua", "ms")
    assert row["audio"] == str(tmp_path / "wavs" / "eval0.wav")
    left = made.left_out["whose text's tag names another language"]
    assert left.count == 1 and left.first.endswith("wavs-train3 (English)")
    assert capsys.readouterr().err.count("texts open with the official recipe's tag") == 1
    tamil = prepare("slr65", tmp_path / "set", tmp_path / "ta")
    assert sizes(tamil) == [1, 0, 0]  # what is left out of test is not made of train


def test_a_saved_dataset_with_classes_is_prepared_by_its_column(tmp_path):
    recording(tmp_path / "a.wav")
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    sound = {"bytes": (tmp_path / "a.wav").read_bytes(), "path": None}
    features = {"word": {"names": ["satu", "dua"], "_type": "ClassLabel"}}
    for part in ("train", "validation", "test"):
        table = pa.table(
            {"audio": pa.array([sound, sound], kind), "word": [1, 0], "text": ["", ""]}
        )
        table = table.replace_schema_metadata(
            {"huggingface": json.dumps({"info": {"features": features}})}
        )
        (tmp_path / "saved" / part).mkdir(parents=True)
        path = str(tmp_path / "saved" / part / "data-00000-of-00001.arrow")
        with pa.OSFile(path, "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    made = prepare("slr65", tmp_path / "saved", tmp_path / "out", text_column="word")
    assert sizes(made) == [2, 2, 2]
    texts = [row["text"] for row in rows(tmp_path / "out", "slr65", "test")]
    assert texts == ["dua", "satu"]


def test_a_number_of_broken_rows_below_0_is_refused_before_anything_is_done(tmp_path):
    with pytest.raises(InputError, match="--skip-broken must be 0 or a number of rows, not -1"):
        prepare("slr65", tmp_path, tmp_path / "out", skip_broken=-1)
    assert not (tmp_path / "out").exists()
