"""Locks on disks whose file system has none."""

import errno
import fcntl
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from plion.runs.claims import alone, busy
from plion.system import drafts
from plion.system.locking import lock_files
from plion.system.locking.locks import Held


def refusing(monkeypatch: pytest.MonkeyPatch, *calls: str, number: int = errno.ENOLCK) -> None:
    """Let the system have no locks of these kinds."""

    def refuse(*_: Any) -> None:
        raise OSError(number, os.strerror(number))

    for call in calls:
        monkeypatch.setattr(f"fcntl.{call}", refuse)


@pytest.fixture
def lockless(monkeypatch: pytest.MonkeyPatch) -> None:
    refusing(monkeypatch, "flock", "lockf")
    monkeypatch.setattr(lock_files, "_POLL", 0.01)
    monkeypatch.setattr(lock_files, "_BEAT", 0.02)
    monkeypatch.setattr(lock_files, "_SILENT", 0.5)


@pytest.mark.parametrize(
    "number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL]
)
def test_folder_on_a_disk_without_locks_is_worked_in(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing(monkeypatch, "flock", "lockf", number=number)
    with alone(tmp_path):
        assert (tmp_path / ".lock.held").is_file()
    assert not (tmp_path / ".lock.held").exists()


def test_the_other_lock_of_the_system_is_taken_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing(monkeypatch, "flock", number=errno.ENOSYS)
    with alone(tmp_path):
        assert not (tmp_path / ".lock.held").exists()


def test_what_else_the_disk_says_is_not_taken_for_a_lack_of_locks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing(monkeypatch, "flock", number=errno.EIO)
    with pytest.raises(OSError, match="Input/output"), alone(tmp_path):
        pass


def test_only_one_holds_a_lock_that_is_a_file(
    lockless: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        with alone(tmp_path):
            inside.append(1)
            most.append(len(inside))
            threading.Event().wait(0.03)
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 5 and not (tmp_path / ".lock.held").exists()
    told = capsys.readouterr().err
    assert f"another process to finish in {tmp_path}; its lock {tmp_path}/.lock.held" in told


def test_who_is_at_work_for_long_keeps_the_lock(lockless: None, tmp_path: Path) -> None:
    with alone(tmp_path):
        other = threading.Thread(target=lambda: alone(tmp_path).__enter__(), daemon=True)
        other.start()
        other.join(1.0)  # twice as long as a silent one would keep it
        assert other.is_alive()
    other.join(5)
    assert not other.is_alive()


def test_lock_of_a_killed_process_is_taken_over(lockless: None, tmp_path: Path) -> None:
    program = f"""
import fcntl, os
from pathlib import Path
from plion.runs.claims import alone, busy
def refuse(*_):
    raise OSError({errno.ENOLCK}, "No locks available")
fcntl.flock = fcntl.lockf = refuse
with alone(Path({str(tmp_path)!r})):
    os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", program], check=False)
    assert (tmp_path / ".lock.held").is_file()
    with alone(tmp_path):
        assert (tmp_path / ".lock.held").read_text().split()[0] == str(os.getpid())


def test_who_only_looks_whether_a_folder_is_taken_keeps_nobody_from_it(tmp_path: Path) -> None:
    with alone(tmp_path):
        pass
    look = (tmp_path / ".lock").open("rb")
    fcntl.flock(look, fcntl.LOCK_SH)  # as `busy` does
    threading.Timer(0.07, look.close).start()
    with alone(tmp_path, wait=False):
        assert busy(tmp_path)
        with pytest.raises(Held), alone(tmp_path, wait=False):
            pass


@pytest.mark.parametrize("content", ["{} 0123abcd 12", "{} {} no machine of today's", ""])
def test_lock_of_another_machine_is_taken_over_once_it_is_silent(
    content: str, lockless: None, tmp_path: Path
) -> None:
    lock = tmp_path / ".lock.held"
    lock.write_text(content.format(os.getpid(), drafts.machine()))
    began = lock.stat().st_mtime
    with alone(tmp_path):
        assert lock.stat().st_mtime - began > 0.4


@pytest.mark.parametrize("meanwhile", ["taken", "touched"])
def test_lock_that_is_not_stale_any_more_is_given_back(meanwhile: str, tmp_path: Path) -> None:
    lock = tmp_path / ".lock.held"
    lock.write_text("own")
    seen = lock_files._seen(lock)
    assert seen is not None
    if meanwhile == "taken":
        lock.write_text("another's")
    os.utime(lock, (1, 1))
    lock_files._break(lock, seen)
    assert lock.read_text() == ("another's" if meanwhile == "taken" else "own")
    assert lock.stat().st_mtime == 1 and list(tmp_path.iterdir()) == [lock]


def test_lock_is_given_back_where_the_file_system_has_no_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    lock = tmp_path / ".lock.held"
    lock.write_text("another's")
    monkeypatch.setattr(os, "link", refuse)
    lock_files._break(lock, ("stale", 1))
    assert lock.read_text() == "another's" and list(tmp_path.iterdir()) == [lock]


def test_hour_in_which_nobody_looked_is_no_silence(
    lockless: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = time.monotonic
    late = iter([0.0])
    monkeypatch.setattr("time.monotonic", lambda: began() + next(late, 3600.0))
    lock = tmp_path / ".lock.held"
    lock.write_text("1 0123abcd 12")
    touched = lock.stat().st_mtime
    with alone(tmp_path):
        assert lock.stat().st_mtime - touched > 0.4


def test_who_has_lost_a_lock_is_told(
    lockless: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = tmp_path / ".lock.held"
    with alone(tmp_path):
        lock.write_text("1 0123abcd 12")
        told = ""
        for _ in range(200):
            threading.Event().wait(0.01)
            if told := told + capsys.readouterr().err:
                break
    assert f"another process (1 0123abcd 12) has taken over {lock}" in told
    assert lock.read_text() == "1 0123abcd 12"  # and is not let go


def test_lock_that_is_a_file_is_not_waited_for_while_its_owner_lives(
    lockless: None, tmp_path: Path
) -> None:
    with alone(tmp_path):
        assert busy(tmp_path)
        with pytest.raises(Held), alone(tmp_path, wait=False):
            pass
    assert not busy(tmp_path)


@pytest.mark.parametrize("touched", [True, False])
def test_lock_of_another_machine_is_held_while_it_is_touched(
    touched: bool, lockless: None, tmp_path: Path
) -> None:
    lock = tmp_path / ".lock.held"
    lock.write_text("1 0123abcd 12")
    over = threading.Event()

    def touch() -> None:
        while touched and not over.wait(0.02):
            os.utime(lock)

    beating = threading.Thread(target=touch)
    beating.start()
    held = False
    try:
        with alone(tmp_path, wait=False):
            pass
    except Held:
        held = True
    finally:
        over.set()
        beating.join()
    assert held == touched


def test_lock_of_another_machine_that_is_silent_does_not_count(tmp_path: Path) -> None:
    lock = tmp_path / ".lock.held"
    lock.write_text("1 0123abcd 12")
    assert busy(tmp_path)
    os.utime(lock, (1, 1))
    assert not busy(tmp_path)
