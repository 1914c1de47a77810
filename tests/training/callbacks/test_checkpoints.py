"""Checkpoints on disk: whole, or the earlier one."""

from pathlib import Path

import pytest
import torch

from plion.errors import InputError
from plion.training.callbacks.checkpoints import WholeCheckpoints

DISK = Path("/dev/full")  # always full


def test_a_checkpoint_is_read_as_it_was_saved(tmp_path: Path) -> None:
    storage = WholeCheckpoints()
    storage.save_checkpoint({"weight": torch.arange(3)}, tmp_path / "new" / "last.ckpt")
    loaded = storage.load_checkpoint(tmp_path / "new" / "last.ckpt")
    assert loaded["weight"].tolist() == [0, 1, 2]
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["last.ckpt"]


@pytest.mark.skipif(not DISK.exists(), reason="no device that is always full")
@pytest.mark.parametrize("size", [1, 10_000_000])
def test_a_full_disk_is_one_sentence_and_leaves_the_earlier_checkpoint(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage, path = WholeCheckpoints(), tmp_path / "last.ckpt"
    storage.save_checkpoint({"step": 1}, path)
    opened = Path.open
    monkeypatch.setattr(Path, "open", lambda self, *mode: opened(DISK, *mode))
    with pytest.raises(InputError, match="no space left on the disk while writing .*last.ckpt"):
        storage.save_checkpoint({"step": 2, "weight": torch.zeros(size)}, path)
    assert storage.load_checkpoint(path) == {"step": 1}


def test_another_failure_is_told_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(AttributeError, match="lambda"):
        WholeCheckpoints().save_checkpoint({"f": lambda: None}, tmp_path / "last.ckpt")
    assert not list(tmp_path.iterdir())
