"""Finished training runs made by hand: settings, record and a small export beside the figures."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from plion.config.experiment import experiment, to_yaml
from plion.config.layers import override
from plion.scoring.benchmarks import suite
from plion.text.shipped import PAPER

REVISION = "0123456789abcdef0123456789abcdef01234567"
QWEN = {"name": "Qwen/Qwen3-ASR-0.6B-hf", "identity": REVISION}
SHAPES = {"model.a": (300, 1000), "model.b": (5,)}  # 0.3 M parameters


def record(**changes: Any) -> dict[str, Any]:
    """What a training writes into run.json; a key that is changed to None is left out."""
    rows = suite("sg12")
    known = {
        "versions": {"python": "3.11.7", "plion": "0.1.0", "torch": "2.14.1"},
        "dirty": False,
        "benchmarks": [row.as_row() for row in rows],
        "model": {"name": "mini", "identity": "f" * 64},
        "manifests": {
            f"{row.key}/train": {"path": f"/secret/{row.key}", "rows": 1200, "hours": 2.5}
            for row in rows
        },
        "hold": {"quantity": "audio_hours", "amount": 4.0},
        "devices": 1,
        "precision": "32",
        "selected": {"kind": "last", "step": 90},
        "validation": {"macro_error": 14.07, "step": 90},
        "steps": 90,
        "audio_hours_trained": 4.02,
        "utterances": 6754,
        "supervised_tokens": 96356,
        "consumed": {
            key: {"utterances": 1688.5, "hours": 1.005, "supervised_tokens": 24089.0}
            for key in PAPER
        },
        "skipped_audio": [],
        "short_of_hold": 0.0,
        "train_seconds": 5400.0,
        "audio_seconds_per_second": 49.66,
        "price_per_hour": 2.0,
        "cost": 3.0,
    }
    return {key: value for key, value in {**known, **changes}.items() if value is not None}


def train(
    runs: Any,  # tests/conftest.py's
    *overrides: str,
    errors: Callable[[str, int], int] | int = 1,
    suite: str = "sg12",
    tested: bool = True,
    **changes: Any,
) -> Path:
    """The folder of a finished training; `changes` to its run.json, `overrides` of its settings."""
    folder = runs.write("lion", errors, **record(suite=suite, **changes))
    if not tested:
        (folder / "metrics.json").unlink()
    data = (f"data.suite={suite}", "data.root=/home/somebody/data", "trainer.price_per_hour=2")
    exp = experiment([override(text) for text in (*data, *overrides)], "lion")
    (folder / "config.yaml").write_text(to_yaml(exp))
    export = folder / "checkpoints" / "export"
    export.mkdir(parents=True)
    weights = {name: np.zeros(shape, dtype=np.float32) for name, shape in SHAPES.items()}
    save_file(weights, export / "model.safetensors")
    (export / "config.json").write_text(json.dumps({"model_type": "qwen3_asr"}))
    return folder
