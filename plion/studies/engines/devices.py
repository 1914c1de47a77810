"""The devices and threads of this machine as an engine deals them to processes, without torch."""

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from plion.system.cores import usable_cores

_VISIBLE = "CUDA_VISIBLE_DEVICES"
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_PLACE = "PLION_PLACE"  # which reports name, after this process's own
_SECONDS = 60.0  # that nvidia-smi may take: the first call after a boot is slow
_LISTED = re.compile(r"^(?P<part>\s*)(?:GPU|MIG) .*\(UUID: (?P<uuid>[^)]+)\)", re.MULTILINE)


@dataclass(frozen=True)
class Device:
    """A place to run on: `cpu 0` or `cuda 1`. `cuda`: its number or UUID, None for a processor."""

    name: str
    cuda: str | None = None


def devices(workers: int) -> list[Device]:
    """The devices that this process may use; without CUDA, the processor once a worker.

    Those of CUDA_VISIBLE_DEVICES where it is set, else all that `nvidia-smi -L` lists, parts of a
    divided GPU (MIG) in place of the GPU.
    """
    given = os.environ.get(_VISIBLE)
    found = _listed() if given is None else _chosen(given)
    if found:
        return [Device(f"cuda {number}", one) for number, one in enumerate(found)]
    return [Device(f"cpu {number}") for number in range(workers)]


def environment(own: Sequence[Device], workers: int) -> dict[str, str]:
    """The variables of a process on these devices, one of so many that run at a time.

    Threads are divided among them; for torch, `trainer.threads` decides.
    """
    share = max(1, usable_cores() // workers)
    given = {name: os.environ.get(name, "") for name in _THREADS}
    most = {name: int(text) if text.isdecimal() else share for name, text in given.items()}
    variables = {name: str(min(share, number)) for name, number in most.items()}
    variables[_PLACE] = f"{os.environ.get(_PLACE, '')} {named(own)}".strip()
    cuda = [one.cuda for one in own if one.cuda is not None]
    return {**variables, _VISIBLE: ",".join(cuda)} if cuda else variables


def named(own: Sequence[Device]) -> str:
    """A job's devices as one place, `cuda 0 + cuda 1`."""
    return " + ".join(one.name for one in own)


def _chosen(given: str) -> list[str]:
    """The devices of CUDA_VISIBLE_DEVICES; CUDA, too, ignores what follows a -1."""
    names = [name.strip() for name in given.split(",")]
    end = next((place for place, name in enumerate(names) if name in ("", "-1")), len(names))
    return names[:end]


def _listed() -> list[str]:
    try:
        told = subprocess.run(
            ["nvidia-smi", "-L"], capture_output=True, text=True, timeout=_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return []  # torch finds no device then, either
    found: list[str] = []
    whole = ""
    for line in _LISTED.finditer(told.stdout):
        if not line["part"]:
            whole = line["uuid"]
        elif found and found[-1] == whole:
            found.pop()  # its parts come instead
        found.append(line["uuid"])
    return found
