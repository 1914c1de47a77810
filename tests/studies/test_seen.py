import json

import pytest

from plion.data.manifest import write_manifest
from plion.runs import sha256
from plion.studies.collect import read_studies
from plion.studies.seen import seen

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
    assert found.reasons == {"nsc": "their manifests have changed since"}


def test_manifest_that_is_gone_is_said(trained, tmp_path):
    (tmp_path / "data" / "nsc" / "train.jsonl").unlink()
    assert seen_by(trained).reasons == {"nsc": "their manifests are not there"}


def test_set_that_was_not_trained_on_has_no_classes(trained):
    record = json.loads((trained / "run.json").read_text())
    del record["manifests"]["nsc/train"]
    (trained / "run.json").write_text(json.dumps(record))
    assert seen_by(trained).reasons == {"nsc": "a was not trained on them"}


def test_run_that_names_no_manifest_has_no_classes(runs):
    runs.keys = ["nsc"]
    assert seen_by(runs.write("a")).reasons == {"nsc": "no manifest is named"}
