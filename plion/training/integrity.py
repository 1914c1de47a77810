"""Whether a checkpoint is whole: torch's file is a zip, with a CRC-32 of every record."""

import errno
import lzma
import shlex
import struct
import zipfile
import zlib
from pathlib import Path
from pickle import UnpicklingError

import torch

from plion.errors import InputError, first_line
from plion.runs.folder import RunFolder

_BLOCK = 1 << 22  # bytes that are read at once
# What zipfile and torch raise for bytes that have changed.
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, UnpicklingError, ArithmeticError,
    AttributeError, EOFError, LookupError, MemoryError, RuntimeError, TypeError, ValueError,
)  # fmt: skip


def damage(path: Path) -> str | None:
    """What is wrong with a checkpoint's file, in words; None if it is as it was written.

    Reads all of it, which takes about a second for each GB.
    """
    if not path.exists():
        return "it is not there"
    if not path.stat().st_size:
        return "it is empty"
    try:
        _compare(path)
        # What the CRCs do not cover: torch reads the zip's own fields by other rules than zipfile.
        torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except _DAMAGED as error:
        return first_line(error)
    except OSError as error:
        # A changed position of a record, which is sought in vain; else the disk has failed.
        if error.errno not in (None, errno.EINVAL):
            raise OSError(error.errno, error.strerror, str(path)) from error
        return first_line(error)
    return None


def _compare(path: Path) -> None:
    """Reads every record, so that zipfile compares its CRC; ValueError for another's zip."""
    with zipfile.ZipFile(path) as file:
        records = file.infolist()
        for record in records:
            with file.open(record) as content:
                while content.read(_BLOCK):  # the last read compares
                    pass
    if not any(record.filename.endswith("/data.pkl") for record in records):
        raise ValueError("it is no file of torch's")


def check_resumable(folder: RunFolder, *, best_is_selected: bool) -> None:
    """Raises InputError, with what to do, where a run's checkpoints are damaged.

    `best_is_selected`: best.ckpt is needed in the end (trainer.select=best).
    """
    last, best = folder.checkpoints / "last.ckpt", folder.checkpoints / "best.ckpt"
    if best_is_selected and best.exists():
        check_best(folder)
    if not (wrong := damage(last)):
        return
    if damage(best):
        advice = "put back a whole copy of it, or remove it to train from the start"
    else:
        state = torch.load(best, map_location="cpu", weights_only=True, mmap=True)
        copy = f"cp {shlex.quote(str(best))} {shlex.quote(str(last))}"
        advice = (
            f"put back a whole copy of it, or go on from the best validation, which is at step "
            f"{state['global_step']} and whole: `{copy}`, and give the same command again"
        )
    raise InputError(f"{last} is damaged ({wrong}): {advice}")


def check_best(folder: RunFolder) -> None:
    """Raises InputError, with what to do, where best.ckpt is damaged or missing."""
    best = folder.checkpoints / "best.ckpt"
    if wrong := damage(best):
        raise InputError(
            f"{best} is damaged ({wrong}), and trainer.select=best exports its weights: put back a "
            f"whole copy of it, or remove {folder.checkpoints} to train from the start"
        )
