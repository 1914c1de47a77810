"""How much memory there is: of a machine and of the control groups of either version."""

import sys
from pathlib import Path

import pytest
import torch

from plion.errors import InputError
from plion.training.rehearsal.memory_limits import (
    device_memory,
    limited_memory,
    machine_memory,
    taken_memory,
)

GIB = 2**30
OWN = 1_000 * 1024  # bytes that the process has already
FIRST = ("memory.limit_in_bytes", "memory.usage_in_bytes")  # version of control groups
SECOND = ("memory.max", "memory.current")


def machine(root: Path, groups: str, files: dict[str, str]) -> Path:
    """A machine with 4 GiB left, in these groups, with these files below /sys/fs/cgroup."""
    own = root / "proc" / "self"
    own.mkdir(parents=True)
    (root / "proc" / "meminfo").write_text(
        f"MemTotal: {8 * GIB // 1024} kB\nMemAvailable: {4 * GIB // 1024} kB\nHugePages_Total: 0\n"
    )
    (own / "status").write_text("Name:\tpython\nVmRSS:\t    1000 kB\n")
    (own / "cgroup").write_text(groups)
    for name, content in files.items():
        path = root / "sys" / "fs" / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


def test_without_limits_it_is_what_is_free_and_what_it_has(tmp_path: Path) -> None:
    files = {"memory.max": "max\n", "memory.current": "5\n", "memory.stat": ""}
    assert machine_memory(machine(tmp_path, "0::/\n", files)) == 4 * GIB + OWN


@pytest.mark.parametrize(
    ("groups", "folder", "names"),
    [
        ("0::/\n", "", SECOND),
        ("0::/job/step\n", "job/step/", SECOND),
        ("0::/job/step\n", "job/", SECOND),
        ("9:cpu:/a\n4:memory:/a\n0::/\n", "memory/a/", FIRST),
        ("4:memory:/of/the/host\n", "memory/", FIRST),
    ],
)
def test_a_group_that_has_less_sets_the_limit(
    groups: str, folder: str, names: tuple[str, str], tmp_path: Path
) -> None:
    most, now = names
    files = {
        f"{folder}{most}": f"{3 * GIB}\n",
        f"{folder}{now}": f"{2 * GIB}\n",
        f"{folder}memory.stat": f"anon 7\ninactive_file {GIB // 2}\n",
    }
    assert machine_memory(machine(tmp_path, groups, files)) == GIB + GIB // 2 + OWN


def test_a_group_that_has_more_than_the_machine_does_not(tmp_path: Path) -> None:
    files = {"memory.max": f"{64 * GIB}", "memory.current": "0", "memory.stat": ""}
    assert machine_memory(machine(tmp_path, "0::/\n", files)) == 4 * GIB + OWN


def test_this_machine_has_more_than_this_process_took() -> None:
    cpu = torch.device("cpu")
    assert 0 < taken_memory(cpu) < device_memory(cpu)


def test_a_device_that_does_not_say_is_refused() -> None:
    with pytest.raises(InputError, match="the memory of mps cannot be measured"):
        device_memory(torch.device("mps"))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can say so")
def test_beyond_what_is_allowed_the_allocator_refuses_and_then_no_more() -> None:
    with limited_memory(GIB // 64), pytest.raises(RuntimeError, match="can't allocate memory"):
        torch.zeros(GIB // 8)
    assert torch.zeros(GIB // 64).numel() == GIB // 64
