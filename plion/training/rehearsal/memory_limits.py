"""Memory available to a process: of a device, of the machine, of its control group."""

import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from plion.errors import InputError
from plion.models.device import peak_memory

_ROOT = Path("/")


def device_memory(device: torch.device) -> int:
    """Bytes available to this process: all of a GPU, or what is free on the machine for a CPU.

    Raises InputError for other devices, whose memory cannot be queried.
    """
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[1]
    if device.type != "cpu":
        raise InputError(f"the memory of {device.type} cannot be measured, only of CUDA and CPUs")
    return machine_memory(_ROOT)


def taken_memory(device: torch.device) -> int:
    """Peak bytes taken by this process; on a GPU including what other processes hold."""
    if device.type != "cuda":
        return peak_memory(device)
    free, total = torch.cuda.mem_get_info(device)
    elsewhere = total - free - torch.cuda.memory_reserved(device)
    return torch.cuda.max_memory_reserved(device) + elsewhere


def machine_memory(root: Path) -> int:
    """Bytes that this process holds plus those still available without swapping.

    Respects the limits of control groups. `root`: the folder of /proc and /sys.
    """
    proc = root / "proc"
    if not (proc / "meminfo").exists():  # macOS
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    left = [_fields(proc / "meminfo")["MemAvailable"] * 1024, *_left_in_groups(root)]
    return min(left) + _fields(proc / "self" / "status")["VmRSS"] * 1024


@contextmanager
def limited_memory(limit: int) -> Iterator[None]:
    """Limits this process's memory (RLIMIT_DATA), so that it fails before the machine does.

    `limit`: bytes in use. Reserved but untouched memory does not count. Does nothing outside Linux.
    """
    if sys.platform != "linux":
        yield
        return
    known = _fields(Path("/proc/self/status"))
    unused = max(0, known["VmData"] - known["VmRSS"]) * 1024
    before = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (limit + unused, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def _left_in_groups(root: Path) -> list[int]:
    """Bytes left in each control group (version 1 or 2) of this process that has a limit."""
    left = []
    for line in (root / "proc" / "self" / "cgroup").read_text().splitlines():
        _, kinds, path = line.split(":", 2)
        if kinds not in ("", "memory"):
            continue
        top = root / "sys" / "fs" / "cgroup" / kinds
        own = top / path.lstrip("/")
        # In a container the path may be the host's, and the group is mounted at the top.
        for group in {top, own, *own.parents}:
            if group.is_relative_to(top):
                left += _left(group)
    return left


def _left(group: Path) -> list[int]:
    """Bytes left in a control group, if it has a limit; reclaimable file cache counts as free."""
    for most, now in (
        ("memory.max", "memory.current"),
        ("memory.limit_in_bytes", "memory.usage_in_bytes"),
    ):
        limit = (group / most).read_text().strip() if (group / most).exists() else ""
        if limit.isdigit() and (group / now).exists():
            kept = _fields(group / "memory.stat").get("inactive_file", 0)
            return [int(limit) - int((group / now).read_text()) + kept]
    return []


def _fields(path: Path) -> dict[str, int]:
    """The numbers in a file of `name value` lines."""
    rows = (line.replace(":", " ").split() for line in path.read_text().splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) > 1 and row[1].isdigit()}
