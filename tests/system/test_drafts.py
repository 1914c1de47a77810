"""Drafts: their names, and which of them nobody is writing any more."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from plion.system import drafts

HERE, ELSEWHERE = drafts.machine(), "0123abcd"


def ended() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def age(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_draft_lies_beside_its_file_under_the_number_of_its_process(tmp_path: Path) -> None:
    name = f".last.ckpt.{os.getpid()}-{HERE}.part"
    assert drafts.draft(tmp_path / "last.ckpt") == tmp_path / name


@pytest.mark.parametrize("name", ["a" * 255, "语" * 85, "\udce9" * 255])
def test_draft_of_a_long_name_is_short_and_its_own(name: str) -> None:
    own = drafts.draft(Path(name))
    assert len(os.fsencode(own.name)) < 64
    assert own != drafts.draft(Path(f"{name[:-1]}b"))


def test_drafts_of_ended_processes_are_cleared_and_no_others(tmp_path: Path) -> None:
    kept = [
        f".a.{os.getpid()}-{HERE}.part",  # being written
        f".a.1-{HERE}.part",  # by a process of another user, perhaps
        f".a.{ended()}-{ELSEWHERE}.part",  # another machine's number says nothing here
        ".a.123.part.jsonl",
        f".series.{ended()}.part",  # another program's, as far as anybody can tell
        ".export.part",
        "a.123.part",
    ]
    cleared = [f".a.{ended()}-{HERE}.part", f".last.ckpt.{ended()}-{HERE}.part"]
    for name in (*kept, *cleared):
        (tmp_path / name).touch()
    folder = tmp_path / f".folder.{ended()}-{HERE}.part"
    folder.mkdir()
    (folder / "file").touch()
    drafts.clear(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(kept)


def test_another_machines_draft_is_cleared_once_it_has_not_changed_for_long(
    tmp_path: Path,
) -> None:
    young, old = tmp_path / f".a.1-{ELSEWHERE}.part", tmp_path / f".b.1-{ELSEWHERE}.part"
    another = tmp_path / ".c.2024.part"  # of no machine: another program's, perhaps
    for path in (young, old, another):
        path.touch()
    age(young, 60)
    age(old, 7200)
    age(another, 7200)
    drafts.clear(tmp_path)
    assert {*tmp_path.iterdir()} == {young, another}


def test_another_machines_folder_is_at_work_while_anything_in_it_is_written(
    tmp_path: Path,
) -> None:
    folder = tmp_path / f".rehearsal.1-{ELSEWHERE}.part"
    (folder / "run" / "checkpoints").mkdir(parents=True)
    for path in (folder, folder / "run", folder / "run" / "checkpoints"):
        age(path, 7200)
    (folder / "run" / "events").touch()
    age(folder / "run", 7200)
    drafts.clear(tmp_path)
    assert folder.exists()
    age(folder / "run" / "events", 7200)
    drafts.clear(tmp_path)
    assert not folder.exists()


def test_all_are_cleared_by_who_holds_the_lock(tmp_path: Path) -> None:
    for name in (f".a.1-{HERE}.part", f".a.1-{ELSEWHERE}.part", ".a.1.part"):
        (tmp_path / name).touch()
    drafts.clear(tmp_path, held=True)
    assert not list(tmp_path.iterdir())


def test_folder_that_cannot_be_read_is_left_to_the_writing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "gone", tmp_path / "file", tmp_path / ("a" * 256)):
        drafts.clear(folder)


def test_machine_is_known_by_no_name() -> None:
    assert len(HERE) == 8 and int(HERE, 16) >= 0
