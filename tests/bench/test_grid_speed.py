"""How long a study of 10,000 cells takes to read, and its results to tabulate: `make bench`."""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
from simulated_grid import Tests, finish, write_corpora, write_study

from plion.studies.design.grid import read_ablation
from plion.studies.expected import expected_runs, write_ablation_record


def seconds(*words: str) -> tuple[float, float]:
    """Of a command by the clock, and the most memory of any so far in GB of 1e9 bytes."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "plion", *words]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    taken = time.perf_counter() - started
    return taken, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e9


def finished(path: Path, tests: Tests | None = None) -> None:
    ablation = read_ablation(path)
    base, cells = expected_runs(ablation)
    finish([base, *cells], tests)
    study = path.parent / "runs" / ablation.name
    study.mkdir()
    write_ablation_record(study, ablation, base, cells)


@pytest.mark.bench
@pytest.mark.parametrize(("rates", "seeds"), [(10, 5), (20, 25)])
def test_reading_a_study(tmp_path: Path, rates: int, seeds: int) -> None:
    write_corpora(tmp_path / "data")
    path = write_study(tmp_path, rates, seeds)
    cells = 20 * rates * seeds
    dry, _ = seconds("ablate", str(path), "--dry-run")
    none, _ = seconds("ablate", str(path), "--status")
    finished(path)
    every, _ = seconds("ablate", str(path), "--status")
    print(
        f"\n{cells:,} cells: --dry-run {dry:.1f} s, --status {none:.1f} s, "
        f"and {every:.1f} s with all folders there"
    )


@pytest.mark.bench
def test_tabulating_a_study(tmp_path: Path) -> None:
    write_corpora(tmp_path / "data")
    path = write_study(tmp_path, rates=5, seeds=10)
    finished(path, Tests(tmp_path / "data"))
    taken, gigabytes = seconds("results", str(tmp_path / "runs" / "grid"))
    runs = len(json.loads((tmp_path / "runs/grid/ablation.json").read_text())["cells"])
    print(f"\nresults over {runs:,} finished cells: {taken:.1f} s, {gigabytes:.2f} GB")
