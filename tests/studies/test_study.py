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

from plion.runs.folder import RunFolder

PATIENCE = 300.0  # seconds; only a failing test waits so long
# What a clock decides is no figure of the study, nor how often a run was started, nor which code
# it was made by: that may be written on while this runs, and a run that was resumed names both.
NO_FIGURES = (
    *("rtfx", "latency_mean", "latency_std", "train_seconds", "cost"),
    *("audio_seconds_per_second", "tokens_per_second", "peak_memory_gb", "mfu"),
    *("commit", "source", "attempts"),
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


def kill_in_the_middle(base: Path) -> None:
    """Begins a study that has its base, and kills it in a cell that has saved a checkpoint.

    On a busy machine the cell may end before it is seen to have begun: then all over again.
    """
    end = time.monotonic() + PATIENCE
    while True:
        shutil.rmtree("runs", ignore_errors=True)
        shutil.copytree(base, Path("runs", base.name))
        process = plion("ablate", "study.yaml")
        while not (saved := list(Path("runs").glob("study-*/checkpoints/last.ckpt"))):
            assert time.monotonic() < end and process.poll() is None, "no cell was begun"
            time.sleep(0.005)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        cell = RunFolder(saved[0].parent.parent)
        if cell.read().status == "running" and not cell.export.exists():
            return


def figures() -> list[dict[str, str]]:
    """The rows of results.csv, of which only figures."""
    assert plion("results", "runs/study").wait(PATIENCE) == 0
    with Path("runs/study/results.csv").open(encoding="utf-8") as file:
        return [
            {name: value for name, value in row.items() if name not in NO_FIGURES}
            for row in csv.DictReader(file)
        ]


@pytest.mark.slow
def test_killed_within_a_cell_and_called_again_it_gives_the_same_figures(study: Path) -> None:
    assert plion("ablate", "study.yaml").wait(PATIENCE) == 0
    whole = figures()
    assert len(whole) == 3 * (3 + 3)  # runs, each with benchmarks and aggregates
    # The base is only decoded, which the cells are too: it is not done a second time.
    shutil.move("runs", "whole")
    (base,) = Path("whole").glob("base-*")

    kill_in_the_middle(base)
    assert plion("ablate", "study.yaml").wait(PATIENCE) == 0
    assert figures() == whole
