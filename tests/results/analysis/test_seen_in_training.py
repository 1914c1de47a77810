import json

import pytest

from plion.data.manifest import write_manifest
from plion.results.analysis.seen_in_training import seen
from plion.results.reading.collect import read_studies
from plion.system.files import sha256

UTTERANCE = {"audio": "a.wav", "language": "en", "dataset": "nsc", "duration": 1.0}
TEST = [
    {"id": "nsc-000", "text": "new words", "speaker": "new"},
    {"id": "nsc-001", "text": "new words", "speaker": "old"},
    {"id": "nsc-002", "text": "Old words.", "speaker": "new"},
    {"id": "nsc-003", "text": "old words", "speaker": "old"},
]
TRAIN = [{"id": "t", "text": "old words", "speaker": "old"}]


@pytest.fixture
def trained(runs, tmp_path):
    """A run on `nsc` alone with the manifests it was trained and tested on."""
    runs.keys = ["nsc"]
    manifests = {}
    for part, rows in (("train", TRAIN), ("test", TEST)):
        path = tmp_path / "data" / "nsc" / f"{part}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_manifest(path, [UTTERANCE | row for row in rows])
        manifests[f"nsc/{part}"] = {"path": str(path), "sha256": sha256(path)}
    return runs.write("a", manifests=manifests)


def seen_by(folder):
    [study] = read_studies([folder])
    return seen(study.runs[0])


def test_classes_are_the_audits(trained):
    assert seen_by(trained).classes == {
        "nsc": {
            "nsc-000": "neither",
            "nsc-001": "speaker",
            "nsc-002": "sentence",
            "nsc-003": "both",
        }
    }


def test_manifest_that_has_changed_is_not_believed(trained, tmp_path):
    path = tmp_path / "data" / "nsc" / "train.jsonl"
    path.write_text(path.read_text() * 2)
    found = seen_by(trained)
    assert found.classes == {}
    assert found.reasons == {"nsc": "the manifest nsc/train has changed since"}


def test_manifest_that_is_gone_is_said(trained, tmp_path):
    (tmp_path / "data" / "nsc" / "train.jsonl").unlink()
    assert seen_by(trained).reasons == {"nsc": "the manifest nsc/train does not exist"}


def test_run_that_was_trained_on_nothing_has_no_classes(trained):
    record = json.loads((trained / "run.json").read_text())
    del record["manifests"]["nsc/train"]
    (trained / "run.json").write_text(json.dumps(record))
    assert seen_by(trained).reasons == {"nsc": "a was trained on nothing"}


@pytest.fixture
def elsewhere(trained, tmp_path):
    """The same run, which left out `nsc` and trained on a corpus that has its sentences."""
    path = tmp_path / "data" / "other" / "train.jsonl"
    path.parent.mkdir()
    write_manifest(path, [UTTERANCE | TRAIN[0] | {"dataset": "librispeech"}])
    record = json.loads((trained / "run.json").read_text())
    del record["manifests"]["nsc/train"]
    own = {"path": str(path), "sha256": sha256(path)}
    record["manifests"]["librispeech/train"] = own
    (trained / "run.json").write_text(json.dumps(record))
    return trained


def test_sentences_of_another_corpus_were_seen_and_its_speakers_are_others(elsewhere):
    found = seen_by(elsewhere)
    assert list(found.classes["nsc"].values()) == ["neither", "neither", "sentence", "sentence"]
    assert found.reasons == {}


def test_without_a_manifest_of_another_corpus_nothing_is_said_to_be_new(elsewhere, tmp_path):
    (tmp_path / "data" / "other" / "train.jsonl").unlink()
    found = seen_by(elsewhere)
    assert found.classes == {}
    assert found.reasons == {"nsc": "the manifest librispeech/train does not exist"}


def test_run_that_names_no_manifest_has_no_classes(runs):
    runs.keys = ["nsc"]
    assert seen_by(runs.write("a")).reasons == {"nsc": "no manifest is named"}
