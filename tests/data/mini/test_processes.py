"""Work in new processes: results, errors, and processes that die."""

import os
import signal
import time
from pathlib import Path

import pytest

from plion.data.mini.processes import fresh_processes
from plion.errors import Failed, InputError


def own_number(_: int) -> int:
    return os.getpid()


def double(number: int) -> int:
    return 2 * number


def refuse(number: int) -> int:
    raise InputError(f"not {number}")


def fill_the_disk(number: int) -> int:
    raise OSError(number, "no space")


def die(number: int) -> int:
    os.kill(os.getpid(), number)
    return number


def fail_or_linger(path: Path) -> None:
    if path.name == "fail":
        while not path.with_name("linger").exists():
            time.sleep(0.01)
        raise InputError("failed")
    path.with_name("written").write_text(str(os.getpid()))
    path.with_name("written").rename(path)
    time.sleep(600)


def test_every_job_has_a_process_of_its_own() -> None:
    numbers = list(fresh_processes(own_number, [1, 2, 3], 2))
    assert len({*numbers, os.getpid()}) == 4


def test_no_more_run_at_once_than_are_wanted() -> None:
    assert list(fresh_processes(double, [1, 2, 3], 1)) == [2, 4, 6]


def test_bad_input_and_trouble_with_the_disk_reach_the_caller() -> None:
    with pytest.raises(InputError, match="not 7"):
        list(fresh_processes(refuse, [7], 1))
    with pytest.raises(OSError, match="no space") as caught:
        list(fresh_processes(fill_the_disk, [28], 1))
    assert caught.value.errno == 28


def test_a_process_that_is_killed_is_an_error_and_not_waited_for() -> None:
    with pytest.raises(Failed, match="that made 9 was ended by SIGKILL, as .* out of memory; give"):
        list(fresh_processes(die, [int(signal.SIGKILL)], 1))


def test_an_error_stops_what_is_still_running(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="failed"):
        list(fresh_processes(fail_or_linger, [tmp_path / "fail", tmp_path / "linger"], 2))
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "linger").read_text()), 0)
