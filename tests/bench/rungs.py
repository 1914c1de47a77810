"""Runs the rungs of official.py, each in a process of its own."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

THREADS = 2
_HERE = Path(__file__).parent


def measure(rung: str, folder: Path, shape: str, batches: int, *overrides: str) -> dict[str, Any]:
    """What so many batches of a rung took, on two threads."""
    said = run("official.py", rung, folder, shape, batches, *overrides)
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    return found


def interleaved(
    plan: Mapping[str, tuple[int, int]], folder: Path, shape: str, *overrides: str
) -> dict[str, dict[str, Any]]:
    """The fastest of each rung's rounds, which go through all rungs in turn.

    `plan`: a rung's batches a round, and its rounds.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for turn in range(max(rounds for _, rounds in plan.values())):
        for rung, (count, rounds) in plan.items():
            if turn < rounds:
                found.setdefault(rung, []).append(measure(rung, folder, shape, count, *overrides))
                shutil.rmtree(folder / f"runs-{rung}", ignore_errors=True)
    return {rung: min(every, key=_seconds) for rung, every in found.items()}


def _seconds(found: dict[str, Any]) -> float:
    return float(found["seconds"])


def counted(first: Mapping[str, Any], last: Mapping[str, Any]) -> tuple[float, float]:
    """How much less `last` computes for a second of audio: in the batches timed, and in all."""
    return first["work"] / last["work"], first["work_of_all"] / last["work_of_all"]


def run(script: str, *arguments: object) -> str:
    """What a script of this folder says, on two threads."""
    # The benchmark's scripts and the tests' helpers are not installed.
    environment = {"PYTHONPATH": f"{_HERE}:{_HERE.parent}", "OMP_NUM_THREADS": str(THREADS)}
    environment["OMP_WAIT_POLICY"] = "passive"  # waiting is no work, where processors are shared
    done = subprocess.run(
        [sys.executable, str(_HERE / script), *map(str, arguments), f"trainer.threads={THREADS}"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert not done.returncode, done.stderr
    return done.stdout


def speed(found: dict[str, Any], by: str = "seconds") -> float:
    """Seconds of audio trained a second."""
    return float(found["audio_seconds"] / found[by])
