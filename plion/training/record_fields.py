"""Fields of run.json known before a run begins: settings, model and device."""

import os
import platform
from typing import Any

import torch

from plion.config.experiment import decoding_attention
from plion.config.schema import Experiment
from plion.models import identity as models
from plion.models.device import device
from plion.planning.inputs import suite_of
from plion.runs.values import Model
from plion.text.language_file import as_rows
from plion.text.shipped import to_record
from plion.training.resuming.conditions import recorded_attention

# Environment variables of ATen, oneDNN and MKL that choose kernels, and so change bits.
_LIMITS = (
    "ATEN_CPU_CAPABILITY",
    "ONEDNN_MAX_CPU_ISA",
    "DNNL_MAX_CPU_ISA",
    "MKL_ENABLE_INSTRUCTIONS",
    "MKL_CBWR",
)


def record_fields(exp: Experiment) -> dict[str, Any]:
    """Fields of `RunRecord` that a run of this experiment on this machine starts with."""
    benchmarks = suite_of(exp)
    languages = as_rows(to_record(row.spoken for row in benchmarks))
    return {
        "capability": _capability(),
        "seed": exp.seed,
        "suite": exp.data.suite,
        "benchmarks": [row.as_row() for row in benchmarks],
        "tag_decode": exp.tag.decoding,
        "device": _device_name(exp),
        "attention": recorded_attention(decoding_attention(exp), exp.model),
        "model": Model(exp.model.name, models.identity(exp.model.name, exp.model.like)),
        "price_per_hour": exp.trainer.price_per_hour,
        **({"context": exp.data.context} if exp.data.context else {}),
        **({"languages": languages} if languages else {}),
    }


def _device_name(exp: Experiment) -> str:
    kind = device(exp.trainer.accelerator).type
    return torch.cuda.get_device_name() if kind == "cuda" else f"{kind} {platform.machine()}"


def _capability() -> str:
    """The processor's instruction set in use, and environment variables that limit it."""
    limits = [f"{name}={os.environ[name]}" for name in _LIMITS if os.environ.get(name)]
    return " ".join([torch.backends.cpu.get_cpu_capability(), *limits])
