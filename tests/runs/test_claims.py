"""Claiming a run's folder, and working in a folder alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from plion.errors import InputError
from plion.runs.claims import alone, busy, claim
from plion.runs.folder import RunFolder
from plion.runs.record import RunRecord
from plion.system.locking.locks import Held


def test_the_same_hash_is_given_the_same_folder(tmp_path: Path) -> None:
    first = claim(tmp_path / "runs", "mini", "0123abcd")
    first.write(status="running")
    again = claim(tmp_path / "runs", "mini", "0123abcd")
    assert again.path == tmp_path / "runs" / "mini-0123abcd"
    assert again.read() == RunRecord(name="mini", hash="0123abcd", status="running")


def test_a_folder_of_another_configuration_is_refused(tmp_path: Path) -> None:
    claim(tmp_path, "mini", "0123abcd").write(hash="ffffffff")
    with pytest.raises(InputError, match="mini-0123abcd belongs to another configuration"):
        claim(tmp_path, "mini", "0123abcd")


def test_a_run_that_another_study_named_is_found_by_its_hash(tmp_path: Path) -> None:
    claim(tmp_path, "first", "0123abcd")
    claim(tmp_path, "other", "00000000")
    assert claim(tmp_path, "second", "0123abcd").path == tmp_path / "first-0123abcd"
    assert not (tmp_path / "second-0123abcd").exists()


def test_processes_that_claim_the_same_runs_at_once_share_their_folders(tmp_path: Path) -> None:
    program = f"""
import sys
from plion.runs.claims import claim
for number in range(40):
    claim({str(tmp_path)!r}, sys.argv[1], f"{{number:08x}}")
"""
    claiming = [
        subprocess.Popen([sys.executable, "-c", program, name], stderr=subprocess.DEVNULL)
        for name in ("first", "second")
    ]
    assert [process.wait() for process in claiming] == [0, 0]
    folders = [path.name for path in tmp_path.iterdir() if path.is_dir()]
    assert len({name.rpartition("-")[2] for name in folders}) == len(folders) == 40


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "file" / "slr65", Path("/proc/plion/slr65")):
        with pytest.raises(InputError, match=f"the folder {place} cannot be created"), alone(place):
            pass
        with pytest.raises(InputError, match=f"the folder {place} cannot be created"):
            claim(place, "mini", "0123abcd")


def test_only_one_process_works_in_a_folder(tmp_path: Path) -> None:
    program = f"""
import pathlib, sys
from plion.runs.claims import alone
with alone(pathlib.Path({str(tmp_path)!r})):
    print(pathlib.Path({str(tmp_path / "note")!r}).read_text())
"""
    with alone(tmp_path):
        other = subprocess.Popen(
            [sys.executable, "-c", program],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert other.stderr is not None
        assert "waiting for another process" in other.stderr.readline()
        (tmp_path / "note").write_text("written before the other went on")
    assert other.communicate()[0].strip() == "written before the other went on"


def test_a_folder_with_only_its_configuration_is_claimed(tmp_path: Path) -> None:
    folder = tmp_path / "mini-0123abcd"
    folder.mkdir()
    (folder / "config.yaml").write_text("seed: 0\n")
    assert claim(tmp_path, "mini", "0123abcd").read().hash == "0123abcd"
    assert (folder / "config.yaml").read_text() == "seed: 0\n"


def test_who_holds_a_runs_lock_clears_every_draft_of_it(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    run.checkpoints.mkdir(parents=True)
    other = run.checkpoints / ".last.ckpt.1-0123abcd.part"  # of another machine, just now
    earlier = run.checkpoints / f".last.ckpt.{os.getpid()}.part"  # of an earlier plion
    study = run.path / ".config.yaml.1-0123abcd.part"  # of a study that does not wait for the run
    for path in (other, earlier, study, run.checkpoints / "last.ckpt"):
        path.touch()
    with alone(run.path):
        assert [path.name for path in run.checkpoints.iterdir()] == ["last.ckpt"]
        assert study.exists()


def test_who_does_not_wait_is_told_that_a_folder_is_held(tmp_path: Path) -> None:
    assert not busy(tmp_path)
    with alone(tmp_path):
        assert busy(tmp_path)
        with pytest.raises(Held), alone(tmp_path, wait=False):
            pass
    assert not busy(tmp_path)
    with alone(tmp_path, wait=False):
        assert busy(tmp_path)
