"""Checkpoints in a folder that every machine sees."""

from pathlib import Path

import pytest

from plion.errors import InputError
from plion.runs.checkpoint_folder import keep_checkpoints_in
from plion.runs.claims import alone, claim
from plion.runs.folder import RunFolder, run_of
from plion.system import drafts


def linked(root: Path) -> tuple[RunFolder, Path]:
    """A run whose checkpoints are in a folder beside its root, and that folder."""
    run = claim(root / "runs", "a", "0123abcd")
    (root / "kept").mkdir(exist_ok=True)
    keep_checkpoints_in(str(root / "kept"), run)
    return run, root / "kept" / "a-0123abcd"


def test_a_run_writes_its_checkpoints_into_the_folder(tmp_path: Path) -> None:
    run, kept = linked(tmp_path)
    (run.checkpoints / "last.ckpt").write_bytes(b"state")
    assert (kept / "last.ckpt").read_bytes() == b"state"
    keep_checkpoints_in(str(tmp_path / "kept"), run)  # as when it is resumed
    assert (run.checkpoints / "last.ckpt").read_bytes() == b"state"


def test_a_run_that_has_checkpoints_keeps_them_where_they_are(tmp_path: Path) -> None:
    run = claim(tmp_path / "runs", "a", "0123abcd")
    run.checkpoints.mkdir()
    keep_checkpoints_in(str(tmp_path / "kept"), run)
    assert not run.checkpoints.is_symlink() and not (tmp_path / "kept").exists()


def test_a_link_to_a_disk_that_is_gone_is_made_anew(tmp_path: Path) -> None:
    run = claim(tmp_path / "runs", "a", "0123abcd")
    run.checkpoints.symlink_to(tmp_path / "gone")
    (tmp_path / "kept").mkdir()
    keep_checkpoints_in(str(tmp_path / "kept"), run)
    assert run.checkpoints.resolve() == (tmp_path / "kept" / "a-0123abcd").resolve()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "a-0123abcd").write_text("a file")
    with pytest.raises(InputError, match="kept/a-0123abcd cannot be created"):
        linked(tmp_path)


@pytest.mark.parametrize("dangling", [False, True])
def test_a_disk_that_is_not_mounted_is_not_taken_for_a_folder_of_this_machine(
    tmp_path: Path, dangling: bool
) -> None:
    run = claim(tmp_path / "runs", "a", "0123abcd")
    if dangling:  # as after a run on a machine that has the disk
        run.checkpoints.symlink_to(tmp_path / "kept" / "a-0123abcd")
    with pytest.raises(InputError, match="there is no folder .*kept on this machine; mount"):
        keep_checkpoints_in(str(tmp_path / "kept"), run)
    assert not (tmp_path / "kept").exists() and run.checkpoints.is_symlink() == dangling


def test_the_run_of_an_export_is_found_through_the_link(tmp_path: Path) -> None:
    run, _ = linked(tmp_path)
    run.export.mkdir()
    assert run_of(run.export) == run


def test_drafts_of_another_machine_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    run, kept = linked(tmp_path)
    theirs, dead = kept / ".last.ckpt.77-00000000.part", kept / ".last.ckpt.999999999.part"
    own = kept / f".last.ckpt.999999999-{drafts.machine()}.part"
    for path in (theirs, dead, own):
        path.touch()
    with alone(run.path):
        assert theirs.exists() and not own.exists()
