"""A whole study by the command line, with real training: killed and called again."""

import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tiny import Tiny

from plion.runs import RunFolder

PATIENCE = 300.0  # seconds; only a failing test waits so long
# What a clock decides is no figure of the study.
MEASURED = (
    *("rtfx", "latency_mean", "latency_std", "train_seconds", "cost"),
    *("audio_seconds_per_second", "tokens_per_second", "peak_memory_gb", "mfu"),
)

BASE = """
model: {{name: {tiny.model}}}
data: {{root: {tiny.root}}}
batch: {{seconds: 6}}
evaluate: {{tokens_per_second: 3}}
trainer: {{accelerator: cpu, validations: 1, checkpoints: 16}}
"""
STUDY = """
question: Which sampler?
base: base.yaml
hold: {{quantity: steps, amount: 16}}
axes: {{sampler.name: [proportional, balanced]}}
seeds: [0]
suite: {tiny.suite}
"""


@pytest.fixture
def study(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two samplers and their base on tiny corpora, in the current directory."""
    monkeypatch.chdir(tmp_path)
    Path("base.yaml").write_text(BASE.format(tiny=tiny))
    Path("study.yaml").write_text(STUDY.format(tiny=tiny))
    return tmp_path


def plion(*words: str) -> subprocess.Popen[bytes]:
    """A command in a process group of its own."""
    return subprocess.Popen([sys.executable, "-m", "plion", *words], start_new_session=True)


def kill_in_the_middle(process: subprocess.Popen[bytes]) -> RunFolder:
    """Kills a study once a cell has saved its first checkpoint; that cell."""
    end = time.monotonic() + PATIENCE
    while not (saved := list(Path("runs").glob("study-*/checkpoints/last.ckpt"))):
        assert time.monotonic() < end and process.poll() is None, "no cell was begun"
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return RunFolder(saved[0].parent.parent)


def figures() -> list[dict[str, str]]:
    """The rows of results.csv without what a clock measured."""
    assert plion("results", "runs/study").wait(PATIENCE) == 0
    with Path("runs/study/results.csv").open(encoding="utf-8") as file:
        return [
            {name: value for name, value in row.items() if name not in MEASURED}
            for row in csv.DictReader(file)
        ]


def test_killed_within_a_cell_and_called_again_it_gives_the_same_figures(study: Path) -> None:
    assert plion("ablate", "study.yaml").wait(PATIENCE) == 0
    whole = figures()
    assert len(whole) == 3 * (3 + 3)  # runs, each with benchmarks and aggregates
    # The base is only decoded, which the cells are too: it is not done a second time.
    (base,) = Path("runs").glob("base-*")
    shutil.move("runs", "whole")
    Path("runs").mkdir()
    shutil.copytree(f"whole/{base.name}", base)

    cell = kill_in_the_middle(plion("ablate", "study.yaml"))
    assert cell.read()["status"] == "running" and not cell.export.exists()
    assert plion("ablate", "study.yaml").wait(PATIENCE) == 0
    assert figures() == whole
