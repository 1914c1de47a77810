"""Studies whose runs recorded everything that a dossier asks for."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trained import record

from plion.config.experiment import experiment, to_yaml
from plion.config.layers import override
from plion.scoring.benchmarks import suite

SETS = ("nsc", "slr65")
CELLS = {f"{sampler}{seed}": (sampler, seed) for sampler in ("p", "b") for seed in (0, 1)}
_SAMPLERS = {"p": "proportional", "b": "balanced"}


def complete(**changes: Any) -> dict[str, Any]:
    """What a run of today records; a key that is changed to None is left out."""
    manifests = {
        f"{key}/{split}": {
            "path": f"data/{key}/{split}.jsonl",
            "sha256": "a" * 64,
            "rows": 1200,
            "hours": 2.5,
            "left_out": {"without text": 3} if key == "nsc" else {},
        }
        for key in SETS
        for split in ("train", "valid", "test")
    }
    sets = {"benchmarks": dict.fromkeys(SETS, 14.07), "macro_error": 14.07, "step": 90}
    known = {
        "suite": "sg12",
        "attempts": 1,
        "source": "01234567",
        "commit": "c" * 40,
        "device": "NVIDIA H200",
        "processor": "AMD EPYC",
        "parameters": 782_000_000,
        "trained_parameters": 10_000_000,
        "validation_seconds": 60.0,
        "peak_memory_gb": 40.0,
        "manifests": manifests,
        "validation": sets,
        "benchmarks": [row.as_row() for row in suite("sg12") if row.key in SETS],
    }
    return record(**{**known, **changes}) | {key: None for key in changes if changes[key] is None}


def study(runs: Any, changes: Mapping[str, Mapping[str, Any]] | None = None) -> Path:
    """The folder of an ablation of two samplers on two seeds; `changes` to run.json of a run."""
    runs.keys, runs.utterances = list(SETS), 40
    runs.write(
        "base", 1, processor="AMD EPYC", decoding={"nsc": {"audio_seconds": 9.0, "seconds": 3.0}}
    )
    for name, (sampler, seed) in CELLS.items():
        fields = complete(seed=seed, **(changes or {}).get(name, {}))
        folder = runs.write(name, lambda _, number, seed=seed: (number + seed) % 3, **fields)
        settings = (
            "data.root=/nowhere",
            f"sampler.name={_SAMPLERS[sampler]}",
            f"seed={seed}",
            "optim.lr=2e-5",
        )
        exp = experiment([override(one) for one in ("data.suite=sg12", *settings)], name)
        (folder / "config.yaml").write_text(to_yaml(exp))
    labels = {name: {"sampler": sampler} for name, (sampler, _) in CELLS.items()}
    seeds = {name: seed for name, (_, seed) in CELLS.items()}
    made: Path = runs.ablation({"sampler": ["p", "b"]}, labels, seeds)
    return made


def search(runs: Any) -> Path:
    """The folder of a sweep of the learning rate: of three trials the second has failed."""
    trials = []
    for number, (rate, state) in enumerate(
        [(1e-4, "complete"), (1e-3, "failed"), (1e-5, "pruned")]
    ):
        folder = ""
        if state != "failed":
            status = "done" if state == "complete" else "running"
            made = runs.record(f"trial{number}", **complete(seed=0), status=status)
            exp = experiment([override("data.suite=sg12"), override(f"optim.lr={rate}")], "trial")
            (made / "config.yaml").write_text(to_yaml(exp))
            folder = made.name
        trials.append(
            {
                "trial": number,
                "folder": folder,
                "state": state,
                "reason": "no space left" if state == "failed" else "",
                "value": 14.07 if state == "complete" else None,
                "settings": {"optim.lr": rate},
            }
        )
    space = [{"key": "optim.lr", "values": {"low": 1e-5, "high": 1e-3, "log": True}}]
    listing = {
        "name": "rates",
        "metric": "valid/macro_error",
        "trials": 3,
        "search": {"seed": 7, "parallel": 1, "proposals": "tpe", "space": space},
        "runs": trials,
    }
    made = runs.root / "rates"
    made.mkdir()
    (made / "sweep.json").write_text(json.dumps(listing))
    return Path(made)
