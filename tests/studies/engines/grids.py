"""A grid of tiny cells, run by `plion ablate` in processes of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tiny import Tiny

PATIENCE = 240.0  # seconds; only a failing test waits so long


class Grid:
    """Two samplers, so many seeds, and the base, in a folder of its own."""

    def __init__(self, folder: Path, tiny: Tiny, *, seeds: int = 1, steps: int = 4) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.runs = folder / "runs"
        (folder / "base.yaml").write_text(
            f"model: {{name: {tiny.model}}}\ndata: {{root: {tiny.root}}}\n"
            "batch: {seconds: 6}\nevaluate: {tokens_per_second: 3}\n"
            "trainer: {accelerator: cpu, log_every: 1, checkpoints: 20, validations: 2}\n"
        )
        (folder / "grid.yaml").write_text(
            f"question: Which?\nbase: base.yaml\nsuite: {tiny.suite}\n"
            f"seeds: {list(range(seeds))}\nhold: {{quantity: steps, amount: {steps}}}\n"
            "axes: {sampler.name: [proportional, balanced]}\n"
        )

    def start(self, *options: str, **environment: str) -> "subprocess.Popen[str]":
        """`plion ablate` in this folder, with its output to be read."""
        command = [sys.executable, "-m", "plion", "ablate", "grid.yaml", *options]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *options: str, **environment: str) -> tuple[int, str]:
        """Status and output of such a process."""
        process = self.start(*options, **environment)
        told, _ = process.communicate(timeout=PATIENCE)
        return process.returncode, told

    def outcome(self) -> Mapping[str, bytes]:
        """Metrics and transcripts of all runs, by path."""
        patterns = ("*/metrics.json", "*/predictions/*.jsonl")
        found = (path for one in patterns for path in self.runs.glob(one))
        return {str(path.relative_to(self.runs)): path.read_bytes() for path in found}

    def records(self) -> dict[str, Any]:
        """run.json of all runs, by name."""
        read = (json.loads(path.read_text()) for path in self.runs.glob("*/run.json"))
        return {one["name"]: one for one in read if "name" in one}

    def begun(self) -> bool:
        """Whether a cell has trained a step that it has not finished with."""
        return any(
            json.loads(line)["step"] > 0
            for path in self.runs.glob("*/reports.jsonl")
            if json.loads((path.parent / "run.json").read_text())["status"] == "running"
            for line in path.read_text().splitlines()[-1:]
        )


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)
