"""Device, precision, allocator settings and peak memory of this process."""

import ctypes
import resource
import sys
from pathlib import Path

import torch

from plion.config.training import Trainer

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # constants of glibc's malloc.h


def device(accelerator: str = "auto") -> torch.device:
    """The device to run on: an accelerator if there is one, unless `accelerator` is `cpu`."""
    if accelerator == "cpu":
        return torch.device("cpu")
    return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")


def precision(trainer: Trainer) -> str:
    """Resolves `trainer.precision=auto` for the device; returns Lightning's name of the precision.

    bfloat16 saves time on accelerators; on a CPU it costs time unless the CPU multiplies in it.
    """
    if trainer.precision != "auto":
        return trainer.precision
    return "32" if device(trainer.accelerator).type == "cpu" else "bf16-mixed"


def keep_freed_memory() -> None:
    """Makes glibc keep freed memory for the next batch's tensors.

    Otherwise it returns every large block to the system, which zeroes it page by page when it is
    allocated again: a tenth of a training step. Peak memory stays about the same. Does nothing
    with other C libraries.
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(_MMAP_MAX, 0)
        library.mallopt(_TRIM_THRESHOLD, -1)


def peak_memory(device: torch.device) -> int:
    """Peak memory in bytes: of tensors on a CUDA device, otherwise of the process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    status = Path("/proc/self/status")
    if status.exists():
        _, _, most_kib = status.read_text().partition("VmHWM:")
        return 1024 * int(most_kib.split(maxsplit=1)[0])
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most
