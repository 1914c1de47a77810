"""Manifests of the official recipe as the source of a corpus."""

import json
from pathlib import Path

import pytest
from layouts import broken_row, entries, lay

from plion.data.corpora.catalogue import CORPORA, reader
from plion.data.corpora.corpus import Entry
from plion.data.corpora.recipe import serving


def manifest(*audio: str) -> str:
    rows = [{"audio": path, "text": "language Malay<asr_text>Satu", "x": 1} for path in audio]
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_a_row_becomes_an_entry_of_the_part_that_the_file_is_called(tmp_path: Path) -> None:
    outside, folder = tmp_path / "b.wav", tmp_path / "set"
    above = "-".join((*tmp_path.parts[1:], "f"))
    files = {
        "train.jsonl": manifest("wavs/a.wav", str(folder / "wavs/c.wav"), str(outside)) + "\n",
        "eval.jsonl": manifest("wavs/d.wav"),
        "ms/test.jsonl": manifest("../wavs/e.wav", "../../f.wav"),
        "notes.jsonl": '{"a": 1}\n',
    }
    tree = lay(folder, files)
    corpus = reader("fleurs_ms", tree)
    assert (corpus.key, corpus.parts, corpus.language) == ("fleurs_ms", (), "ms")
    read = {entry.id: (entry.part, entry.audio) for entry in entries(corpus, tree).values()}
    name = "-".join(outside.with_suffix("").parts[1:])
    assert read == {
        "wavs-a": ("train", "set/wavs/a.wav"),
        "wavs-c": ("train", "set/wavs/c.wav"),
        name: ("train", str(outside)),
        "wavs-d": ("valid", "set/wavs/d.wav"),
        "wavs-e": ("test", "set/wavs/e.wav"),
        above: ("test", str(tmp_path / "f.wav")),
    }
    assert entries(corpus, tree)[name] == Entry(
        name, str(outside), "language Malay<asr_text>Satu", "train", file=outside
    )


@pytest.mark.parametrize("line", ['{"audio": "a.wav"}', '{"audio": 1, "text": "b"}', "{", "[1]"])
def test_a_row_that_is_none_is_left_out(tmp_path: Path, line: str) -> None:
    tree = lay(tmp_path / "s", {"train.jsonl": manifest("a.wav") + line + "\n" + manifest("b.wav")})
    corpus = reader("mesolitica", tree)
    assert broken_row(corpus, tree).startswith(
        "s/train.jsonl:2: expected an object with text fields"
    )
    assert list(entries(corpus, tree)) == ["a", "b"]


def test_other_files_are_no_manifests(tmp_path: Path) -> None:
    tree = lay(
        tmp_path / "s", {"a.jsonl": '{"id": "a", "text": "b"}\n', "b.jsonl": "", "c.txt": ""}
    )
    assert serving(CORPORA["slr65"], tree) is None
