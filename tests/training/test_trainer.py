"""What a trainer has beside what it is given: nothing that keeps files or shows a bar."""

from pathlib import Path

from lightning.pytorch.callbacks import Checkpoint, ModelCheckpoint, ProgressBar
from tiny import Tiny

from plion.planning.planned_run import mixture_plan
from plion.runs.folder import RunFolder
from plion.training.processes.ranks import Ranks
from plion.training.trainer import interval, lightning_trainer


def test_without_callbacks_nothing_is_kept_and_no_bar_is_shown(tiny: Tiny, tmp_path: Path) -> None:
    planned = mixture_plan(tiny.experiment(tmp_path))
    bare = lightning_trainer(RunFolder(tmp_path), planned, [], Ranks(1))
    assert not [one for one in bare.callbacks if isinstance(one, Checkpoint | ProgressBar)]
    keeping = lightning_trainer(RunFolder(tmp_path), planned, [ModelCheckpoint(tmp_path)], Ranks(1))
    assert [type(one) for one in keeping.checkpoint_callbacks] == [ModelCheckpoint]


def test_what_is_done_so_often_is_done_at_the_end_too() -> None:
    assert [interval(10, times) for times in (0, 1, 3, 10, 100)] == [10, 10, 4, 1, 1]
