"""run.json over a run's life: environment, status, start and end, error."""

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import torch

from plion.config.experiment import decoding_attention, to_yaml
from plion.config.schema import Experiment
from plion.errors import sentence
from plion.models import identity as models
from plion.models.device import device
from plion.planning.inputs import suite_of
from plion.runs.folder import RunFolder
from plion.runs.provenance import provenance
from plion.runs.record import Model
from plion.system.files import atomic_write
from plion.text.language_file import as_rows
from plion.text.shipped import to_record
from plion.training.resuming import recorded_attention

# Environment variables of ATen, oneDNN and MKL that choose kernels, and so change bits.
_LIMITS = (
    "ATEN_CPU_CAPABILITY",
    "ONEDNN_MAX_CPU_ISA",
    "DNNL_MAX_CPU_ISA",
    "MKL_ENABLE_INSTRUCTIONS",
    "MKL_CBWR",
)


@contextmanager
def recorded(folder: RunFolder, exp: Experiment, **known: Any) -> Iterator[None]:
    """Keeps run.json's status: `running` inside, then `done`, or `failed` with the error.

    A run stopped by a signal stays `running` and can be resumed. A run resumed by other code or on
    another processor records both. `known`: further fields to write.
    """
    before = folder.read()
    made_by = provenance(folder)
    made_by |= {"capability": _capability()}
    for name, between in {"source": "+", "processor": " + ", "capability": " + "}.items():
        parts = [*filter(None, (getattr(before, name) or "").split(between))]
        made_by[name] = between.join(dict.fromkeys([*parts, made_by[name]]))
    benchmarks = suite_of(exp)
    languages = as_rows(to_record(row.spoken for row in benchmarks))
    atomic_write(folder.config, to_yaml(exp))
    folder.write(
        status="running",
        **made_by,
        seed=exp.seed,
        suite=exp.data.suite,
        benchmarks=[row.as_row() for row in benchmarks],
        tag_decode=exp.tag.decoding,
        device=_device_name(exp),
        # A finished training keeps the attention it was trained with.
        attention=before.attention or recorded_attention(decoding_attention(exp), exp.model),
        model=Model(exp.model.name, models.identity(exp.model.name, exp.model.like)),
        price_per_hour=exp.trainer.price_per_hour,
        start=before.start or _now(),
        **({"context": exp.data.context} if exp.data.context else {}),
        **({"languages": languages} if languages else {}),
        **known,
    )
    try:
        yield
    except Exception as error:
        folder.failed(error=sentence(error) or str(error), end=_now())
        raise
    folder.write(status="done", error=None, end=_now())


def _device_name(exp: Experiment) -> str:
    kind = device(exp.trainer.accelerator).type
    return torch.cuda.get_device_name() if kind == "cuda" else f"{kind} {platform.machine()}"


def _capability() -> str:
    """The processor's instruction set in use, and environment variables that limit it."""
    limits = [f"{name}={os.environ[name]}" for name in _LIMITS if os.environ.get(name)]
    return " ".join([torch.backends.cpu.get_cpu_capability(), *limits])


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
