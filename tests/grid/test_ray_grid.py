"""Twelve cells of mini12 on a Ray cluster whose nodes are killed, replaced and stopped."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from clusters import Nodes
from killing import Grid, twelve_cells

EVERY = 20.0  # seconds from one kill of a node to the next
KILLS = 6
DRIVER, STOPPED = 2, 4  # the kills after which the driver is killed, and a node stopped
SILENT = 15.0  # seconds for which a node is stopped, past its time-out
HOURS = 0.1  # of audio, of each cell


@pytest.mark.grid
def test_twelve_cells_end_as_if_no_node_had_been_killed(tmp_path: Path) -> None:
    file = tmp_path / "grid.yaml"
    file.write_text(twelve_cells(HOURS))
    settings = ("trainer.validations=2", "trainer.checkpoints=20")
    whole = Grid(file, tmp_path / "whole", "--workers", "2", *settings)
    started = time.monotonic()
    assert whole.finish(7200) == 0, whole.said()
    cluster, middle = Nodes(), time.monotonic()
    ray = ("--engine", "ray", "--address", cluster.address, "--map", "runs=$ROOT")
    kept = f"trainer.checkpoint_dir={tmp_path / 'kept'}"
    (tmp_path / "kept").mkdir()
    grid = Grid(file, tmp_path / "driver", *ray, kept, *settings)
    nodes = [cluster.add(ROOT=str(tmp_path / name)) for name in ("one", "two")]
    grid.start()
    for kill in range(1, KILLS + 1):
        time.sleep(EVERY)
        cluster.kill(nodes.pop(0))
        nodes.append(cluster.add(ROOT=str(tmp_path / ("one", "two")[kill % 2])))
        if kill == DRIVER:
            grid.kill()
            grid.start()
        if kill == STOPPED:
            halted = cluster.stop(nodes[0])
            time.sleep(SILENT)
            for process in halted:
                os.kill(process, signal.SIGCONT)
            nodes.insert(0, cluster.add(ROOT=str(tmp_path / "one")))
            nodes.append(nodes.pop(1))
    try:
        assert grid.finish(7200) == 0, grid.said()
    except subprocess.TimeoutExpired:
        pytest.fail(grid.said())
    finally:
        cluster.close()
    attempts = grid.attempts()
    print(
        f"\n{len(attempts)} runs undisturbed in {middle - started:.0f} s, through {KILLS} kills of "
        f"nodes in {time.monotonic() - middle:.0f} s; attempts of each: {sorted(attempts)}"
    )
    assert len(attempts) == 13  # the base's evaluation is one
    assert grid.results() == whole.results()
    assert sum(attempts) > 13
