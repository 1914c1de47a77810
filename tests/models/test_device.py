"""Memory that was given back is kept: asked for again, the system need not make it anew."""

import json
import subprocess
import sys

import pytest
import torch

from plion.models.device import peak_memory

# Faults of a page each time that 64 MB are filled; the first times have nothing to fill again.
_FILL = """
import json, resource, torch
from plion.models.device import keep_freed_memory
if {keep}:
    keep_freed_memory()
counts = []
for _ in range(24):
    torch.ones(2**24)
    counts.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
print(json.dumps([after - before for before, after in zip(counts[12:], counts[13:])]))
"""


def faults(keep: bool) -> list[int]:
    done = subprocess.run(
        [sys.executable, "-c", _FILL.format(keep=keep)], capture_output=True, text=True, check=True
    )
    return list(json.loads(done.stdout))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="of glibc")
def test_memory_that_was_given_back_is_not_asked_of_the_system_again() -> None:
    assert max(faults(keep=True)) < 100 < min(faults(keep=False))


def test_peak_memory_on_a_cpu_is_the_most_that_the_process_had() -> None:
    before = peak_memory(torch.device("cpu"))
    held = torch.ones(50_000_000)
    assert peak_memory(torch.device("cpu")) >= max(before, held.nbytes)
