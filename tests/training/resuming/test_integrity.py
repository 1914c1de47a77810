"""Checkpoints that are cut, empty or damaged are named before a run is resumed from them."""

import errno
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from endings import Killed, dying, outcome
from tiny import Tiny

from plion.errors import InputError
from plion.runs.folder import RunFolder
from plion.training.callbacks.checkpoints import WholeCheckpoints
from plion.training.resuming.integrity import check_best, check_resumable, damage
from plion.training.step.module import SpeechRecognizer

WEIGHTS = 10_000  # of four bytes


@pytest.fixture
def saved(tmp_path: Path) -> RunFolder:
    """A folder with a checkpoint of step 3 and the best, of step 2."""
    folder = RunFolder(tmp_path)
    for name, step in (("last", 3), ("best", 2)):
        content = {"global_step": step, "weight": torch.arange(WEIGHTS)}
        WholeCheckpoints().save_checkpoint(content, folder.checkpoints / f"{name}.ckpt")
    return folder


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1000])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def flipped(path: Path) -> None:
    """One bit of a weight is another, which torch reads without a word."""
    content = bytearray(path.read_bytes())
    content[content.index(torch.arange(100, 110).numpy().tobytes()) + 8] ^= 1
    path.write_bytes(content)
    assert not torch.equal(torch.load(path)["weight"], torch.arange(WEIGHTS))


def other(path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(path, "w") as file:
        file.writestr("notes/text", "no weights")


SPOILT = [
    (cut, "File is not a zip file"),
    (empty, "it is empty"),
    (flipped, "Bad CRC-32 for file"),
    (other, "torch did not write it"),
    (Path.unlink, "it does not exist"),
]


@pytest.mark.parametrize(("spoil", "words"), SPOILT)
def test_what_is_wrong_with_a_file_is_said(
    spoil: Callable[[Path], object], words: str, saved: RunFolder
) -> None:
    path = saved.checkpoints / "last.ckpt"
    assert damage(path) is None
    spoil(path)
    told = damage(path)
    assert told is not None and words in told


def test_what_is_called_whole_can_be_loaded_whatever_changed_in_the_table_of_contents(
    saved: RunFolder,
) -> None:
    path = saved.checkpoints / "last.ckpt"
    whole = path.read_bytes()
    said = 0
    for place in range(whole.index(b"PK\x01\x02"), len(whole), 3):
        content = bytearray(whole)
        content[place] ^= 255
        path.write_bytes(content)
        if damage(path) is None:
            assert torch.equal(torch.load(path)["weight"], torch.arange(WEIGHTS))
        else:
            said += 1
    assert said > 100


def test_checkpoint_on_a_disk_that_fails_is_not_called_damaged(
    saved: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("zipfile.ZipExtFile.read", failing)
    with pytest.raises(OSError, match="last.ckpt"):
        damage(saved.checkpoints / "last.ckpt")


def test_no_byte_of_the_weights_changes_unnoticed(saved: RunFolder) -> None:
    path = saved.checkpoints / "last.ckpt"
    whole = path.read_bytes()
    begin = whole.index(torch.arange(5).numpy().tobytes())
    for place in (begin, begin + 4 * WEIGHTS, begin + 8 * WEIGHTS - 1):
        content = bytearray(whole)
        content[place] ^= 128
        path.write_bytes(content)
        assert "Bad CRC-32" in (damage(path) or "")


@pytest.mark.parametrize("spoil", [cut, empty, flipped])
def test_a_whole_best_checkpoint_is_offered_in_place_of_the_last(
    spoil: Callable[[Path], None], saved: RunFolder
) -> None:
    last, best = saved.checkpoints / "last.ckpt", saved.checkpoints / "best.ckpt"
    spoil(last)
    with pytest.raises(InputError) as error:
        check_resumable(saved, best_is_selected=False)
    assert f"intact at step 2: `cp {best} {last}`" in str(error.value)
    assert str(error.value).startswith(f"{last} is damaged (") and "\n" not in str(error.value)


def test_with_both_damaged_nothing_is_removed_and_a_way_is_named(saved: RunFolder) -> None:
    for name in ("last.ckpt", "best.ckpt"):
        cut(saved.checkpoints / name)
    with pytest.raises(InputError, match="last.ckpt is damaged .* or remove it to train from the"):
        check_resumable(saved, best_is_selected=False)
    assert len(list(saved.checkpoints.iterdir())) == 2


def test_the_best_matters_where_it_is_selected(saved: RunFolder) -> None:
    flipped(saved.checkpoints / "best.ckpt")
    check_resumable(saved, best_is_selected=False)
    for refused in (
        lambda: check_resumable(saved, best_is_selected=True),
        lambda: check_best(saved),
    ):
        with pytest.raises(InputError, match="best.ckpt is damaged .*trainer.select=best exports"):
            refused()


def test_a_run_is_refused_then_resumed_from_its_best_as_advised(
    finished: RunFolder, tiny: Tiny, tmp_path: Path, settings: tuple[str, ...]
) -> None:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr(SpeechRecognizer, "training_step", dying(SpeechRecognizer.training_step, 7))
        tiny.train(tmp_path, *settings)
    folder = RunFolder(next(tmp_path.glob("tiny-*")))
    last, best = folder.checkpoints / "last.ckpt", folder.checkpoints / "best.ckpt"
    cut(last)
    before = folder.record.read_text()
    with pytest.raises(InputError, match="from the best validation, which is intact at step 2"):
        tiny.train(tmp_path, *settings)
    assert folder.record.read_text() == before
    last.write_bytes(best.read_bytes())
    assert outcome(tiny.train(tmp_path, *settings)) == outcome(finished)
