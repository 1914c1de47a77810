"""What a cell costs beside its training, validation and decoding: a process each, and warm."""

import dataclasses
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import tabulate

from plion.config.experiment import load_experiment
from plion.planning.inputs import hash8
from plion.runs.folder import RunFolder
from plion.studies.driving.jobs import training
from plion.studies.engines.engine import Job
from plion.studies.engines.local import Local

CELLS = 4
SETTINGS = ("hold.amount=0.05", "trainer.validations=1", "trainer.accelerator=cpu")


def jobs(runs: Path) -> Iterator[Job]:
    """Cells of mini12 that differ in their seeds, in a root of their own."""
    for seed in range(CELLS):
        exp = load_experiment(
            "experiments/mini.yaml", [*SETTINGS, f"seed={seed}", f"trainer.runs={runs}"]
        )
        named = dataclasses.replace(exp, name=f"cell-{seed}")
        yield training(named, RunFolder(runs / f"{named.name}-{hash8(named)}"))


def warm(workers: int, runs: Path) -> tuple[list[tuple[Job, float]], float]:
    """Runs the cells in warm workers; returns each with its seconds, and those of all.

    The time begins when all workers have run a cell: their imports are a process's, not a cell's.
    """
    todo, seconds = list(jobs(runs)), []
    first = list(jobs(runs / "first"))[:workers]
    with Local(workers) as engine:
        _run(engine, first)
        start = time.monotonic()
        seconds = _run(engine, todo)
        return seconds, time.monotonic() - start


def cold(runs: Path) -> tuple[list[tuple[Job, float]], float]:
    """Runs the cells in a process each."""
    seconds, begun = [], time.monotonic()
    for job in jobs(runs):
        start = time.monotonic()
        with job.log.open("ab") as log:
            command = [sys.executable, "-m", "plion", *job.command]
            subprocess.run(command, check=True, stdout=log, stderr=log)
        seconds.append((job, time.monotonic() - start))
    return seconds, time.monotonic() - begun


def _run(engine: Local, todo: Sequence[Job]) -> list[tuple[Job, float]]:
    for job in todo:
        engine.submit(job)
    found: list[tuple[Job, float]] = []
    while len(found) < len(todo):
        for one in engine.finished():
            assert one.status == 0, (one, one.job.log.read_text()[-2000:])
            found.append((one.job, one.seconds))
        time.sleep(0.01)
    return found


def own_work(folder: RunFolder) -> tuple[float, float]:
    """Seconds of training with its validations, and of decoding the test sets."""
    record = folder.read()
    trained = (record.train_seconds or 0.0) + (record.validation_seconds or 0.0)
    return trained, sum(one.seconds for one in (record.decoding or {}).values())


@pytest.mark.bench
def test_overhead_of_a_cell(tmp_path: Path) -> None:
    ways = {
        "a process a cell": lambda: cold(tmp_path / "cold"),
        "a warm worker": lambda: warm(1, tmp_path / "one"),
        "two warm workers": lambda: warm(2, tmp_path / "two"),
    }
    rows, rates, figures = [], {}, []
    for name, way in ways.items():
        cells, elapsed = way()
        work = [own_work(RunFolder(job.folder)) for job, _ in cells]
        wall = sum(seconds for _, seconds in cells) / CELLS
        trained, decoded = (sum(part) / CELLS for part in zip(*work, strict=True))
        over = wall - trained - decoded
        rates[name] = CELLS / elapsed * 3600
        rows.append([name, wall, trained, decoded, over, over / wall, rates[name]])
        figures.append({job.name: RunFolder(job.folder).metrics.read_bytes() for job, _ in cells})
    header = ("", "seconds a cell", "training", "decoding", "rest", "of all", "cells an hour")
    ratio = rates["two warm workers"] / rates["a warm worker"]
    print(
        f"\n{CELLS} cells of {SETTINGS[0]} on {os.cpu_count()} cores; "
        "training includes validation\n"
        + tabulate.tabulate(rows, header, floatfmt=".2f")
        + f"\nrest of a warm worker {rows[1][4]:.2f} s (wanted: at most 3); "
        f"two workers {ratio:.2f} times the cells of one (wanted: 1.8 on 2 cores)"
    )
    assert figures[0] == figures[1] == figures[2]
