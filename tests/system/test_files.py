"""Writing files: whole or not at all, and what the system refuses."""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from plion.errors import InputError, system_sentence
from plion.system.drafts import draft
from plion.system.files import (
    atomic_write,
    disk_full,
    replacing,
    sha256,
    try_file,
    try_folder,
)
from plion.system.folders import move_folder


def test_a_write_that_fails_leaves_the_earlier_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    atomic_write(path, "old")
    with pytest.raises(ZeroDivisionError), replacing(path) as draft:
        draft.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def told_of(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What reaches the disk, by name, and which name is given, in their order."""
    done: list[str] = []
    replace, rename = os.replace, Path.rename

    def fsync(number: int) -> None:
        done.append(os.readlink(f"/proc/self/fd/{number}").rpartition("/")[2])

    def moved(source: Path, target: Path) -> None:
        done.append(f"-> {Path(target).name}")
        (rename if source.is_dir() else replace)(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", moved)
    monkeypatch.setattr(Path, "rename", moved)
    return done


def test_a_file_is_on_the_disk_before_it_has_its_name_and_then_its_name_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = told_of(monkeypatch)
    atomic_write(tmp_path / "a", "text")
    assert done == [draft(tmp_path / "a").name, "-> a", tmp_path.name]


def test_a_folder_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "draft").mkdir()
    (tmp_path / "draft" / "weights").touch()
    done = told_of(monkeypatch)
    move_folder(tmp_path / "draft", tmp_path / "export")
    assert done == ["weights", "draft", "-> export", tmp_path.name]


def test_a_file_that_does_not_reach_the_disk_leaves_the_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    atomic_write(tmp_path / "a", "old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="no space left"):
        atomic_write(tmp_path / "a", "new")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_a_file_system_that_cannot_be_asked_is_written_to_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unable(_: int) -> None:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(os, "fsync", unable)
    atomic_write(tmp_path / "a", "text")
    assert (tmp_path / "a").read_text() == "text"


def test_another_error_of_the_system_is_not_called_a_full_disk(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), disk_full("a"):
        (tmp_path / "gone").read_text()


@contextmanager
def refused(path: Path, reason: str) -> Iterator[None]:
    """An error of the system whose sentence names this path, for this reason."""
    with pytest.raises(OSError) as raised:
        yield
    told = f"{path} cannot be read or written: {reason}"
    assert (system_sentence(raised.value) or "").startswith(told)


def test_what_the_system_refuses_names_the_file_and_not_its_draft(tmp_path: Path) -> None:
    gone, folder, below = tmp_path / "gone" / "a", tmp_path / "folder", tmp_path / "file" / "a"
    folder.mkdir()
    (tmp_path / "file").touch()
    long = tmp_path / ("a" * 256)
    for path, reason in (
        (gone, "No such file or directory"),
        (folder, "Is a directory"),
        (below, "Not a directory"),
        (long, "File name too long"),
    ):
        with refused(path, reason):
            atomic_write(path, "text")
        if path not in (gone, below):
            with refused(path, reason):
                try_file(path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_error_without_a_path_is_of_the_file_that_is_written(tmp_path: Path) -> None:
    with refused(tmp_path / "a", "Input/output error"), replacing(tmp_path / "a"):
        raise OSError(errno.EIO, "Input/output error")
    with refused(tmp_path / "b", "Stale"), replacing(tmp_path / "a"):
        raise OSError(errno.ESTALE, "Stale", str(tmp_path / "b"))
    with pytest.raises(OSError, match="words of a library"), replacing(tmp_path / "a"):
        raise OSError("words of a library")


def test_name_as_long_as_file_systems_allow_is_written(tmp_path: Path) -> None:
    for name in ("a" * 255, "语" * 85):
        try_file(tmp_path / name)
        atomic_write(tmp_path / name, name)
        assert (tmp_path / name).read_text(encoding="utf-8") == name
    assert len(list(tmp_path.iterdir())) == 2


def test_devices_and_pipes_are_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE, text=True)
    atomic_write(pipe, "text")
    assert reader.communicate()[0] == "text" and pipe.is_fifo()
    atomic_write("/dev/null", "text")
    try_file(Path("/dev/null"))
    assert Path("/dev/null").is_char_device()
    with pytest.raises(InputError, match="no space left on the disk while writing /dev/full"):
        atomic_write("/dev/full", "text")


def test_a_shells_redirection_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    with (tmp_path / "redirected").open("w") as output:
        program = (
            "from plion.system.files import atomic_write\n"
            "atomic_write('/dev/stdout', 'text\\n'); print('more')"
        )
        subprocess.run([sys.executable, "-c", program], stdout=output, check=True)
    assert "more" in (tmp_path / "redirected").read_text()
    assert Path("/dev/stdout").is_symlink()


def test_folder_that_is_to_be_made_is_tried_above_it_and_nothing_is_left(tmp_path: Path) -> None:
    try_folder(tmp_path / "runs" / "deep")
    (tmp_path / "file").touch()
    with refused(tmp_path / "file" / "runs", "Not a directory"):
        try_folder(tmp_path / "file" / "runs")
    with refused(tmp_path / ("a" * 256), "File name too long"):
        try_folder(tmp_path / ("a" * 256))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_next_write_clears_what_killed_processes_left(tmp_path: Path) -> None:
    left, beside = ended_draft(tmp_path / "a"), ended_draft(tmp_path / "b")
    atomic_write(tmp_path / "a", "text")
    assert not left.exists() and not beside.exists()


def ended_draft(path: Path) -> Path:
    """A draft of a process that has ended."""
    program = f"""
import os
from pathlib import Path
from plion.system.drafts import draft
path = draft(Path({str(path)!r}))
path.write_bytes(bytes(1000))
print(path)
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return Path(ended.stdout.strip())


def test_a_digest_is_that_of_the_content(tmp_path: Path) -> None:
    atomic_write(tmp_path / "a", "")
    assert sha256(tmp_path / "a").startswith("e3b0c44298fc1c14")
