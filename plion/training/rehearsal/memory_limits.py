"""How much memory a process may take: of a device, of the machine, of a control group."""

import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from plion.errors import InputError
from plion.training.callbacks.cost import peak_memory

_ROOT = Path("/")


def device_memory(device: torch.device) -> int:
    """Bytes that there are for this process: of a GPU all, of a machine those that are free.

    Raises InputError for devices that do not say.
    """
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[1]
    if device.type != "cpu":
        raise InputError(f"the memory of {device.type} cannot be measured, of CUDA and CPUs alone")
    return machine_memory(_ROOT)


def taken_memory(device: torch.device) -> int:
    """Bytes that this process took at most, on a GPU with what others hold of it."""
    if device.type != "cuda":
        return peak_memory(device)
    free, total = torch.cuda.mem_get_info(device)
    elsewhere = total - free - torch.cuda.memory_reserved(device)
    return torch.cuda.max_memory_reserved(device) + elsewhere


def machine_memory(root: Path) -> int:
    """Bytes that this process has and may still take without pushing others out.

    `root` is where /proc and /sys are.
    """
    proc = root / "proc"
    if not (proc / "meminfo").exists():  # macOS
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    left = [_fields(proc / "meminfo")["MemAvailable"] * 1024, *_left_in_groups(root)]
    return min(left) + _fields(proc / "self" / "status")["VmRSS"] * 1024


@contextmanager
def allowed(limit: int) -> Iterator[None]:
    """Has this process run out of memory at about so many bytes of its own, before the machine.

    What is set aside and never touched does not count; only Linux knows of it.
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
    """What is left in the control groups of this process, of either version."""
    left = []
    for line in (root / "proc" / "self" / "cgroup").read_text().splitlines():
        _, kinds, path = line.split(":", 2)
        if kinds not in ("", "memory"):
            continue
        top = root / "sys" / "fs" / "cgroup" / kinds
        own = top / path.lstrip("/")
        # In a container the path may be the host's, and the group stands at the top.
        for group in {top, own, *own.parents}:
            if group.is_relative_to(top):
                left += _left(group)
    return left


def _left(group: Path) -> list[int]:
    """What is left in a group that has a limit; what it keeps of files, it can let go."""
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
