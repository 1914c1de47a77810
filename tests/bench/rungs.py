"""Runs the rungs of official.py, each in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

THREADS = 2
_HERE = Path(__file__).parent


def measure(rung: str, folder: Path, shape: str, batches: int, *overrides: str) -> dict[str, Any]:
    """What so many batches of a rung took, on two threads."""
    said = run("official.py", rung, folder, shape, batches, *overrides)
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    return found


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
