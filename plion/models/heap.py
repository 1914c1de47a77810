"""How the C library keeps the memory that tensors come and go in, where they are on a CPU."""

import ctypes

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # of glibc's malloc.h


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
