"""Integrity of checkpoint files: torch writes a zip with a CRC-32 of every record."""

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

_BLOCK = 1 << 22  # bytes read at once
# Exceptions that zipfile and torch raise for changed bytes.
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, UnpicklingError, ArithmeticError,
    AttributeError, EOFError, LookupError, MemoryError, RuntimeError, TypeError, ValueError,
)  # fmt: skip


def damage(path: Path) -> str | None:
    """Says what is wrong with a checkpoint file; returns None if it is intact.

    Reads the whole file: about one second per GB.
    """
    if not path.exists():
        return "it does not exist"
    if not path.stat().st_size:
        return "it is empty"
    try:
        _compare(path)
        # CRCs do not cover the zip's own fields, which torch reads by other rules than zipfile.
        torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except _DAMAGED as error:
        return first_line(error)
    except OSError as error:
        # Without errno or with EINVAL: a changed record offset; otherwise the disk failed.
        if error.errno not in (None, errno.EINVAL):
            raise OSError(error.errno, error.strerror, str(path)) from error
        return first_line(error)
    return None


def _compare(path: Path) -> None:
    """Reads every record so that zipfile compares its CRC; ValueError if torch did not write it."""
    with zipfile.ZipFile(path) as file:
        records = file.infolist()
        for record in records:
            with file.open(record) as content:
                while content.read(_BLOCK):  # the last read compares the CRC
                    pass
    if not any(record.filename.endswith("/data.pkl") for record in records):
        raise ValueError("torch did not write it")


def check_resumable(folder: RunFolder, *, best_is_selected: bool) -> None:
    """Raises InputError, with the remedy, if a checkpoint needed to resume a run is damaged.

    `best_is_selected`: best.ckpt is needed too (trainer.select=best).
    """
    last, best = folder.checkpoints / "last.ckpt", folder.checkpoints / "best.ckpt"
    if best_is_selected and best.exists():
        check_best(folder)
    if not (wrong := damage(last)):
        return
    if damage(best):
        advice = "restore it from a copy, or remove it to train from the start"
    else:
        state = torch.load(best, map_location="cpu", weights_only=True, mmap=True)
        copy = f"cp {shlex.quote(str(best))} {shlex.quote(str(last))}"
        advice = (
            "restore it from a copy, or resume from the best validation, which is intact at step "
            f"{state['global_step']}: `{copy}` and give the same command again"
        )
    raise InputError(f"{last} is damaged ({wrong}): {advice}")


def check_best(folder: RunFolder) -> None:
    """Raises InputError, with the remedy, if best.ckpt is damaged or missing."""
    best = folder.checkpoints / "best.ckpt"
    if wrong := damage(best):
        raise InputError(
            f"{best} is damaged ({wrong}), and trainer.select=best exports its weights: restore it "
            f"from a copy, or remove {folder.checkpoints} to train from the start"
        )
