"""Twelve cells of mini12 on this machine, through kills of workers and of the driver."""

import random
import subprocess
import time
from pathlib import Path

import pytest
from killing import Grid, twelve_cells

EVERY = 20.0  # seconds from one kill of a worker to the next
DRIVER = 5  # the kill of a worker before that of the driver
HOURS = 0.3  # of audio, of each cell


@pytest.mark.grid
def test_twelve_cells_end_as_if_nothing_had_been_killed(tmp_path: Path) -> None:
    file, chance, kills = tmp_path / "grid.yaml", random.Random(0), 0
    file.write_text(twelve_cells(HOURS, retries=1000))
    settings = ("--workers", "2", "trainer.validations=2", "trainer.checkpoints=20")
    whole, killed = (Grid(file, tmp_path / name, *settings) for name in ("whole", "killed"))
    started = time.monotonic()
    assert whole.finish(7200) == 0, whole.said()
    middle = time.monotonic()
    killed.start()
    while True:
        try:
            status = killed.finish(EVERY)
            break
        except subprocess.TimeoutExpired:
            kills += 1
            if kills == DRIVER:
                killed.kill()
                killed.start()
            else:
                killed.kill_worker(chance)
    assert status == 0, killed.said()
    attempts = killed.attempts()
    print(
        f"\n{len(attempts)} runs undisturbed in {middle - started:.0f} s, through {kills} kills in "
        f"{time.monotonic() - middle:.0f} s; attempts of each: {sorted(attempts)}"
    )
    assert len(attempts) == 13  # the base's evaluation is one
    assert killed.results() == whole.results()
    assert set(whole.attempts()) == {1} and sum(attempts) > 13
