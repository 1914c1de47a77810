"""A Ray cluster of two nodes whose nodes, processes and driver are killed: the grid is the same."""

import json
import os
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from clusters import SECONDS, Nodes, processes, wait_for
from killing import Grid
from tiny import Tiny

from plion.config.experiment import to_yaml

pytestmark = pytest.mark.slow

STEPS = 100  # some seconds


@pytest.fixture(scope="module")
def cluster() -> Iterator[Nodes]:
    nodes = Nodes()
    yield nodes
    nodes.close()


@pytest.fixture(scope="module")
def file(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ablation of two cells and the base."""
    folder = tmp_path_factory.mktemp("grid")
    settings = (f"hold.amount={STEPS}", "trainer.checkpoints=20", "trainer.validations=2")
    (folder / "base.yaml").write_text(to_yaml(tiny.experiment(folder / "runs", *settings)))
    (folder / "grid.yaml").write_text(
        "question: Do kills change anything?\nbase: base.yaml\n"
        f"suite: {tiny.suite}\nhold: {{quantity: steps, amount: {STEPS}}}\n"
        "axes: {tag.train: [predict, none]}\nseeds: [0]\n"
    )
    return folder / "grid.yaml"


@pytest.fixture(scope="module")
def whole(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Grid:
    """The grid undisturbed, by the local engine."""
    grid = Grid(file, tmp_path_factory.mktemp("whole"))
    assert grid.finish(SECONDS) == 0, grid.said()
    return grid


def on(cluster: Nodes, file: Path, folder: Path) -> Grid:
    """The grid on a cluster whose nodes have a run root each, and one folder of checkpoints."""
    kept = f"trainer.checkpoint_dir={folder / 'kept'}"
    (folder / "kept").mkdir()
    ray = ("--engine", "ray", "--address", cluster.address, "--map", "runs=$ROOT")
    return Grid(file, folder / "driver", *ray, kept)


def begun(grid: Grid, attempts: int = 1) -> bool:
    """Whether a cell trains now in such an attempt, past its first step."""
    for cell in grid.cells():
        record = cell.read()
        if record.status == "running" and (record.attempts or 0) >= attempts:
            lines = cell.reports.read_text().splitlines() if cell.reports.exists() else []
            if lines and json.loads(lines[-1])["step"] > 0:
                return True
    return False


def test_a_grid_survives_the_end_of_nodes_of_a_process_and_of_the_driver(
    cluster: Nodes, file: Path, whole: Grid, tmp_path: Path
) -> None:
    grid = on(cluster, file, tmp_path)
    nodes = [cluster.add(ROOT=str(tmp_path / name)) for name in ("one", "two")]
    grid.start()
    wait_for(lambda: begun(grid))
    for node in nodes:  # both: one of them trains
        cluster.kill(node)
    third = cluster.add(ROOT=str(tmp_path / "three"))
    wait_for(lambda: begun(grid, 2))
    for process in processes(third, "ray::run"):
        os.kill(process, signal.SIGKILL)
    wait_for(lambda: begun(grid, 3))
    workers = processes(third, "plion.training.worker")
    grid.kill()
    wait_for(lambda: not any(Path(f"/proc/{one}").exists() for one in workers))
    assert workers

    assert grid.finish(SECONDS) == 0, grid.said()
    assert grid.results() == whole.results()
    assert max(grid.attempts()) >= 4 and all(cell.done(tested=True) for cell in grid.cells())
    cluster.kill(third)


def test_a_stopped_node_is_given_up_and_harmless_when_it_goes_on(
    cluster: Nodes, file: Path, whole: Grid, tmp_path: Path
) -> None:
    grid = on(cluster, file, tmp_path)
    node = cluster.add(ROOT=str(tmp_path / "one"))
    grid.start()
    wait_for(lambda: begun(grid))
    stopped = cluster.stop(node)
    other = cluster.add(ROOT=str(tmp_path / "two"))
    wait_for(lambda: begun(grid, 2))
    for process in stopped:
        os.kill(process, signal.SIGCONT)
    assert grid.finish(SECONDS) == 0, grid.said()
    assert grid.results() == whole.results()
    reports = [cell.reports.read_text() for cell in grid.cells() if cell.reports.exists()]
    places = [json.loads(line)["place"] for one in reports for line in one.splitlines()]
    assert places and all(re.fullmatch("node [0-9a-f]{6} cpu", one) for one in places)
    cluster.kill(node)
    cluster.kill(other)


def test_nodes_with_other_data_are_named_and_passed_over(
    cluster: Nodes, file: Path, tiny: Tiny, tmp_path: Path
) -> None:
    other = tiny.copy(tmp_path)
    path = other.root / "slr65" / "test.jsonl"
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    ray = ("--engine", "ray", "--address", cluster.address, "--map", "data=$DATA")
    grid = Grid(file, tmp_path / "driver", *ray)
    node = cluster.add(DATA=str(other.root))
    assert grid.finish(SECONDS) == 1
    told = f"is passed over: other data or another base model than the driver's: {path} is"
    assert told in grid.said()
    cluster.kill(node)


def test_nodes_with_another_plion_are_named_and_passed_over(
    cluster: Nodes, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = Path(shutil.copytree("plion", tmp_path / "source" / "plion"))
    monkeypatch.chdir(package.parent)  # which `python -m plion` imports from, and Ray's processes
    grid = Grid(file, tmp_path / "driver", "--engine", "ray", "--address", cluster.address)
    grid.start()
    wait_for(lambda: any(grid.runs.glob(".driver-*")))  # it knows its own plion
    (package / "more.py").write_text("")
    node = cluster.add()
    assert grid.finish(SECONDS) == 1
    told = "is passed over: another plion than the driver's: its source is"
    assert told in grid.said()
    cluster.kill(node)
