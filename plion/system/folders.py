"""Folders of files that are put in place whole, and replaced so that one is always there."""

import errno
import shutil
from contextlib import suppress
from pathlib import Path

from plion.system.files import on_disk


def move_folder(draft: Path, target: Path) -> None:
    """Rename a folder of files to `target` once all of its content is on the disk."""
    _sync(draft)
    draft.rename(target)
    on_disk(target.parent)


def replace_folder(draft: Path, target: Path) -> None:
    """As `move_folder`, in place of an earlier `target`, also one that is put there meanwhile.

    A folder with files cannot be renamed over, so the earlier one is set aside first. After a kill
    between the two, `put_back` restores it.
    """
    aside = _aside(target)
    _sync(draft)
    while not _renamed(draft, target):
        with suppress(FileNotFoundError):
            shutil.rmtree(aside)  # `target` is there
        with suppress(FileNotFoundError):  # another process was quicker
            _renamed(target, aside)
    on_disk(target.parent)
    shutil.rmtree(aside, ignore_errors=True)


def put_back(target: Path) -> None:
    """Restore a folder that a killed process had set aside and not replaced; else remove that."""
    aside = _aside(target)
    with suppress(OSError):  # where nothing can be read, what follows gives the better message
        if target.exists():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            _renamed(aside, target)


def _aside(target: Path) -> Path:
    return target.with_name(f".{target.name}.earlier")


def _renamed(folder: Path, target: Path) -> bool:
    """Rename a folder; False if there is another one with files in it."""
    try:
        folder.rename(target)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        return False
    return True


def _sync(folder: Path) -> None:
    for path in (*folder.iterdir(), folder):
        on_disk(path)
