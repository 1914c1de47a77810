"""Checks of the machine: devices, cores, memory, disk, audio formats, git, hub and its cache."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from plion.doctor.finding import Finding
from plion.system.cores import usable_cores

_LITTLE = 1e9  # bytes of disk; a run of the packaged model with its checkpoints takes 50 MB
# Two checkpoints with AdamW's state in float32, and an export: 2 x 9.4 GB + 1.6 GB.
_REAL_RUN = "a run of the 0.6B model keeps about 20 GB"
# Bytes of shared memory: two workers prefetch four batches of up to 100 MB each.
_SHARED = 1e9
_SHOWN = 5  # cached models listed by name


def python() -> Finding:
    return Finding("Python", "ok", f"{platform.python_version()}, {sys.executable}", True)


def devices(facts: dict[str, Any]) -> Iterator[Finding]:
    """Devices that torch can use, and the values that `auto` settings take on them."""
    if not facts:
        return
    if facts["cuda"]:
        bits = "with bfloat16" if facts["bf16"] else "without bfloat16"
        for one in facts["cuda"]:
            words = f"{one['name']}, {one['gb']:.0f} GB, capability {one['capability']}, {bits}"
            yield Finding("CUDA", "ok", words)
    else:
        why = (
            "torch is built for it, but no device is found"
            if facts["built_for_cuda"]
            else ("this torch is built without it")
        )
        yield Finding(
            "CUDA",
            "missing",
            f"{why}: the packaged model trains without it, the 0.6B model would take months",
        )
    if facts["mps"]:
        yield Finding("MPS", "ok", "Apple's GPU")
    if "error" in facts:
        yield Finding("auto", "broken", facts["error"])
    else:
        words = f"model.attention is {facts['attention']}, trainer.precision {facts['precision']}"
        yield Finding("auto", "ok", words)


def memory() -> Finding:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    words = f"{usable_cores()} cores, {total:.0f} GB of memory, {platform.system()}"
    return Finding("machine", "ok", words)


def disk(runs: Path) -> Finding:
    """Free space for runs, at the nearest existing folder."""
    folder = next(one for one in (runs.absolute(), *runs.absolute().parents) if one.is_dir())
    free = shutil.disk_usage(folder).free
    words = f"{free / 1e9:,.0f} GB free at {runs}; {_REAL_RUN}"
    if not os.access(folder, os.W_OK):
        return Finding("disk", "broken", f"{folder} cannot be written to", True)
    return Finding("disk", "ok" if free > _LITTLE else "broken", words, True)


def shared_memory(folder: Path = Path("/dev/shm")) -> Iterator[Finding]:
    """Free shared memory, through which loader workers pass batches; only on Linux."""
    if sys.platform != "linux":
        return
    advice = "set trainer.workers=0, or give the container more: docker run --shm-size=8g"
    if not os.access(folder, os.W_OK):
        words = f"{folder} is missing or cannot be written to; {advice}"
        yield Finding("shared memory", "broken", words)
        return
    free = shutil.disk_usage(folder).free
    words = f"{free / 1e9:,.2f} GB free in {folder}"
    if free < _SHARED:
        words += f", too little for the batches of trainer.workers; {advice}"
    yield Finding("shared memory", "ok" if free >= _SHARED else "broken", words)


def audio(*, can_import: bool) -> Iterator[Finding]:
    """Audio formats that libsndfile decodes; PyAV, for other formats, is checked as a package."""
    if can_import:
        import soundfile

        known = soundfile.available_formats()
        wanted = ("WAV", "FLAC", "OGG", "MP3", "AIFF")
        lacking = [name for name in wanted if name not in known]
        words = f"libsndfile {soundfile.__libsndfile_version__} reads {', '.join(wanted)}"
        if lacking:
            words = f"this libsndfile does not read {', '.join(lacking)}: pip install -U soundfile"
        yield Finding("audio", "broken" if lacking else "ok", words)


def git() -> Finding:
    found = shutil.which("git")
    words = found or "without it run.json has no commit and no patch of local changes"
    return Finding("git", "ok" if found else "missing", words)


def slurm() -> Finding:
    found = shutil.which("sbatch")
    words = f"for `--engine slurm`: {found or 'sbatch is on a login node of the cluster'}"
    return Finding("SLURM", "ok" if found else "missing", words)


def hub() -> Iterator[Finding]:
    """Whether the hub's library may use the network, and which models its cache has."""
    try:
        from huggingface_hub import CacheNotFound, constants, scan_cache_dir
    except Exception as error:  # reported as a finding
        yield Finding("hub", "broken", f"{type(error).__name__}: {error}", True)
        return
    words = "`hf download` and `plion push` may use the network; nothing else does"
    if constants.HF_HUB_OFFLINE:
        words = "HF_HUB_OFFLINE is set, which disables `hf download` and `plion push`"
    yield Finding("hub", "ok", words)
    try:
        repositories = scan_cache_dir().repos
    except CacheNotFound:
        repositories = frozenset()
    except (OSError, ValueError) as error:
        yield Finding("models", "broken", str(error))
        return
    names = sorted(one.repo_id for one in repositories if one.repo_type == "model")
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    if names:
        yield Finding("models", "ok", f"in the cache: {', '.join(names[:_SHOWN])}{more}")
    else:
        words = "none in the cache; `mini` is packaged, others: hf download Qwen/Qwen3-ASR-0.6B-hf"
        yield Finding("models", "missing", words)
