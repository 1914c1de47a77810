"""What a reader may ever find of a corpus that is being prepared."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sources import Source, corpus, files, mile

from plion.data.corpora.catalogue import CORPORA
from plion.data.corpora.corpus import Entry
from plion.data.corpora.tree import Tree
from plion.data.preparing.prepare import prepare, prepare_tree
from plion.errors import InputError
from plion.system.files import sha256


def test_prepared_json_holds_what_was_made(source, tmp_path):
    entries = [*source.entries(9, "train"), *source.entries(3, "test")]
    prepare_tree(corpus("slr127", entries), source.tree(), tmp_path, "2:1:1", max_seconds=30.0)
    folder = tmp_path / "slr127"
    record = json.loads((folder / "prepared.json").read_text())
    assert (record["key"], record["split"], record["max_seconds"]) == ("slr127", "2:1:1", 30.0)
    for part, count in (("train", 6), ("valid", 3), ("test", 3)):
        assert record["manifests"][part] == {
            "utterances": count,
            "hours": pytest.approx(count * 0.5 / 3600, abs=1e-6),
            "sha256": sha256(folder / f"{part}.jsonl"),
        }


def test_the_record_does_not_depend_on_what_the_source_is_called(tmp_path):
    made = []
    for name in ("here", "there"):
        source = Source(tmp_path / "sources" / name)
        entries = source.entries(200, "test")
        (source.folder / "test-007.wav").unlink()
        prepare_tree(corpus("slr65", entries), source.tree(), tmp_path / name)
        record = json.loads((tmp_path / name / "slr65" / "prepared.json").read_text())
        del record["manifests"]  # which have the absolute path of audio elsewhere
        made.append(record)
    assert made[0] == made[1]
    assert made[0]["left_out"]["without audio"]["examples"] == ["test-007 (test-007.wav)"]


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
        prepare_tree(replace(CORPORA["slr65"], read=broken), source.tree(), tmp_path)
    assert files(tmp_path / "slr65") == before
    assert not (tmp_path / "slr65" / ".draft").exists()


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
        ("measure.doubles", 1),
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
