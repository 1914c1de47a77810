"""Where a model runs, in which precision, and how the C library keeps the memory of its tensors."""

import ctypes

import torch

from plion.config.schema import Trainer

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # of glibc's malloc.h


def device(accelerator: str = "auto") -> torch.device:
    """Where a model runs: an accelerator if there is one and `cpu` is not asked for."""
    if accelerator == "cpu":
        return torch.device("cpu")
    return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")


def precision(trainer: Trainer) -> str:
    """The precision of a run on this machine, in Lightning's words: `auto` is told by the device.

    bfloat16 saves time on accelerators; on a CPU it costs time unless the CPU multiplies in it.
    """
    if trainer.precision != "auto":
        return trainer.precision
    return "32" if device(trainer.accelerator).type == "cpu" else "bf16-mixed"


def keep_freed_memory() -> None:
    """Has this process keep the memory that tensors give back, for those of the next batch.

    Otherwise glibc hands every large block back to the system, which fills it with zeros page by
    page when it is asked for it again: a tenth of a training step. Other C libraries are left as
    they are. The most that a process takes stays about the same.
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(_MMAP_MAX, 0)
        library.mallopt(_TRIM_THRESHOLD, -1)
