"""Run folders: their record, and what survives a failed write of it."""

from pathlib import Path

import pytest

from plion.errors import InputError
from plion.runs.folder import RunFolder
from plion.runs.record import RunRecord
from plion.system.drafts import draft


def fill_disk_for(path: Path) -> None:
    """Let the draft of `path` be the device that is always full."""
    draft(path).symlink_to("/dev/full")


def test_writing_a_field_keeps_the_others(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    run.write(status="running", seed=1)
    run.write(status="done", steps=5)
    assert run.read() == RunRecord(status="done", seed=1, steps=5)
    assert run.done()


def test_a_run_without_a_record_is_not_done(tmp_path: Path) -> None:
    assert RunFolder(tmp_path).read().blank
    assert not RunFolder(tmp_path).done()


@pytest.mark.parametrize("content", ["{", "[]", ""])
def test_a_damaged_record_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(InputError, match="run.json is damaged.*; move the folder away"):
        RunFolder(tmp_path).read()


def test_a_full_disk_is_one_sentence_and_loses_nothing_earlier(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    run.write(status="running")
    fill_disk_for(run.record)
    with pytest.raises(InputError, match="no space left on the disk while writing .*run.json"):
        run.write(status="done")
    assert run.read() == RunRecord(status="running")
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{\n  "benchmarks": {\n  }\n', "\0\0", "{\n\0\n}\n"]
)
def test_a_run_whose_metrics_are_damaged_is_not_taken_for_tested(
    content: str, tmp_path: Path
) -> None:
    run = RunFolder(tmp_path)
    run.write(status="done")
    run.metrics.write_text("{}")
    assert run.done(tested=True)
    run.metrics.write_text(content)
    assert run.done() and not run.done(tested=True)


def test_names_that_are_not_utf8_are_escapes_that_json_turns_back(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    run.write(name="a", command="plion train \udce9.yaml")
    assert run.read().command == "plion train \udce9.yaml"
    assert b"\\udce9" in run.record.read_bytes()


def test_run_whose_folder_was_removed_is_told_not_to_be_marked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    RunFolder(tmp_path / "gone").failed(error="what went wrong")
    told = capsys.readouterr().err
    assert f"{tmp_path / 'gone'} is not marked as failed: {tmp_path / 'gone'}/run.json" in told
    assert not (tmp_path / "gone").exists()
