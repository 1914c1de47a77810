"""A small grid through a kill of a worker and one of its driver."""

import random
from pathlib import Path

import pytest
from faked import wait_for
from killing import Grid
from tiny import Tiny

from plion.config.experiment import to_yaml

SECONDS = 600.0  # only a failing test takes as long
STEPS = 30


def ablation(tiny: Tiny, folder: Path) -> Path:
    """An ablation of two seeds whose cells take seconds; its base is not tested."""
    settings = (f"hold.amount={STEPS}", "trainer.checkpoints=15", "trainer.validations=2")
    (folder / "base.yaml").write_text(to_yaml(tiny.experiment(folder / "runs", *settings)))
    (folder / "grid.yaml").write_text(
        "question: Do kills change anything?\nbase: base.yaml\n"
        f"suite: {tiny.suite}\nhold: {{quantity: steps, amount: {STEPS}}}\n"
        "axes: {tag.train: [predict, none]}\nseeds: [0]\nretries: 3\n"
    )
    return folder / "grid.yaml"


@pytest.mark.slow
def test_grid_ends_as_if_no_worker_and_no_driver_had_been_killed(
    tiny: Tiny, tmp_path: Path
) -> None:
    file, chance = ablation(tiny, tmp_path), random.Random(0)
    whole, killed = (Grid(file, tmp_path / name) for name in ("whole", "killed"))
    assert whole.finish(SECONDS) == 0, whole.said()

    def saved(cells: int) -> bool:
        return len([one for one in killed.cells() if one.read().steps or
                    (one.checkpoints / "last.ckpt").exists()]) >= cells  # fmt: skip

    killed.start()
    wait_for(lambda: saved(1), seconds=SECONDS)
    killed.kill_worker(chance)
    wait_for(lambda: saved(2), seconds=SECONDS)
    killed.kill()
    assert killed.finish(SECONDS) == 0, killed.said()
    assert killed.results() == whole.results()
    assert set(whole.attempts()) == {1}
    assert sum(killed.attempts()) == sum(whole.attempts()) + 2
