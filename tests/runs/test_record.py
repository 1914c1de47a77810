"""The keys of run.json: what is known of each, and what is read and written of them."""

import importlib
import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from plion.errors import InputError
from plion.runs.folder import RunFolder
from plion.runs.record import VERSION, RunRecord, columns
from plion.runs.values import DataFile, Latency, Selected


def written(folder: Path, **content: Any) -> RunFolder:
    """A run's folder with a run.json of just this content."""
    (folder / "run.json").write_text(json.dumps(content))
    return RunFolder(folder)


@pytest.mark.parametrize("one", fields(RunRecord), ids=lambda one: one.name)
def test_every_field_says_what_it_is_and_who_writes_it(one: Any) -> None:
    assert one.metadata["meaning"] and isinstance(one.metadata["unit"], str)
    assert importlib.import_module(f"plion.{one.metadata['writer']}")


def test_columns_of_results_are_fields_in_their_order() -> None:
    assert columns()[:2] == ["attempts", "processor"] and columns()[-1] == "context"
    assert len(columns()) == 26 and "hash" not in columns()


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    record = {
        "name": "a",
        "selected": Selected("last", 4),
        "manifests": {"nsc/train": DataFile("data/nsc/train.jsonl", "ab", 8, 0.5)},
        "latency": {"nsc": Latency(1, 0.25, None)},
        "languages": [{"key": "th", "name": "Thai"}],
    }
    run = RunFolder(tmp_path)
    run.write(**record)
    run.write(status="done")
    assert run.read() == RunRecord(status="done", **record)
    content = json.loads(run.record.read_text())
    assert content["version"] == VERSION and content["selected"] == {"kind": "last", "step": 4}
    assert content.keys() == {"version", "status", *record}  # and nothing that was not given


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"satus": "done"}, "RunRecord has no field 'satus'"),
        ({"status": "ended"}, "'status' must be 'running' or 'done' or 'failed', not 'ended'"),
        ({"steps": "4"}, "'steps' must be a whole number, not '4'"),
        ({"latency": {"nsc": {"mean": 1}}}, "'latency.nsc.samples' is missing"),
    ],
)
def test_a_program_that_writes_something_else_is_wrong(
    tmp_path: Path, wrong: dict[str, Any], said: str
) -> None:
    run = RunFolder(tmp_path)
    with pytest.raises(TypeError, match=said):
        run.write(**wrong)
    assert run.read().blank


def test_a_record_without_a_version_is_of_the_earlier_form(tmp_path: Path) -> None:
    run = written(tmp_path, name="a", hash="00000000", status="done", error=None)
    assert run.read() == RunRecord(version=1, name="a", hash="00000000", status="done")
    run.write(rtfx=2.0)  # which changes no version
    assert run.read().version == 1 and "version" not in json.loads(run.record.read_text())


def test_a_new_record_has_the_version_of_today(tmp_path: Path) -> None:
    RunFolder(tmp_path).write(name="a")
    assert RunFolder(tmp_path).read().version == VERSION


def test_fields_of_a_later_version_are_kept(tmp_path: Path) -> None:
    later = {"version": VERSION + 1, "status": "done", "energy": {"joules": 3}}
    run = written(tmp_path, **later)
    assert run.done()
    run.write(rtfx=2.0)
    assert json.loads(run.record.read_text()) == {**later, "rtfx": 2.0}


def test_a_later_version_that_is_not_understood_is_refused(tmp_path: Path) -> None:
    run = written(tmp_path, version=VERSION + 1, status="done", model="mini")
    with pytest.raises(InputError, match="run.json was written by a later plion.*'model' must be"):
        run.read()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"sha256": {}}, "run.json is not the record of a run .*; move the folder away"),
        ({"status": 3}, "run.json is damaged: 'status' must be .*; move the folder away"),
        ({"version": "2", "name": "a"}, "run.json is damaged: 'version' must be a whole number"),
    ],
)
def test_what_is_no_record_is_one_sentence(
    tmp_path: Path, content: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        written(tmp_path, **content).read()


@pytest.mark.parametrize("error", [None, float("inf")])
def test_a_validation_may_have_no_error(error: float | None) -> None:
    assert RunRecord(validation={"macro_error": error}).validation_error is None
    assert RunRecord(validation={"macro_error": 3.5}).validation_error == 3.5


WORDS = {"name": "a", "hash": "0000000a", "status": "done", "refused": None}
OTHER_WORDS = {
    "versions": {"status": "running", "hash": "1"},
    "command": '\n  "status": "failed"',
    **WORDS,
}


@pytest.mark.parametrize("indent", [None, 2, 4])
@pytest.mark.parametrize(
    "content",
    [
        WORDS,
        OTHER_WORDS,
        {**OTHER_WORDS, "status": None},
        {**OTHER_WORDS, "hash": None},
        {"status": "failed"},
        {"hash": 'é"'},
    ],
)
def test_the_marks_of_a_record_are_those_of_the_whole(
    content: dict[str, Any], indent: int | None, tmp_path: Path
) -> None:
    run = RunFolder(tmp_path)
    run.record.write_text(json.dumps(content, indent=indent))
    whole = run.read()
    assert run.marks() == (whole.hash, whole.status)


@pytest.mark.parametrize("change", [lambda raw: raw[:-20], lambda raw: raw[:40] + bytes(200),
                                    lambda raw: bytes(len(raw)), lambda raw: b""])  # fmt: skip
def test_the_marks_of_a_record_that_a_power_failure_has_left_are_refused(
    change: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    run = written(tmp_path, **OTHER_WORDS)
    run.record.write_bytes(change(run.record.read_bytes()))
    with pytest.raises(InputError, match="run.json is damaged"):
        run.marks()
