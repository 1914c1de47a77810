"""Checkpoints of a run in a folder that other machines see, by a link from the run's own folder.

Two processes may write there at once: one on a node that was given up for dead and is not. Both
write the same run, whole files, each replaced at once, so neither needs a lock.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from plion.errors import InputError
from plion.runs.folder import RunFolder
from plion.system.documents import read_json
from plion.system.files import atomic_write, writable

_BEGUN = "begun_with.json"  # beside the checkpoints, for machines that do not see run.json


def check_checkpoint_dir(root: str, folder: RunFolder) -> None:
    """Raises InputError if the run would keep its checkpoints in a folder that is not there.

    `root` is `trainer.checkpoint_dir`. It is not made: where a disk is not mounted, it would be a
    folder of this machine that no other sees. A run that has checkpoints already needs no root.
    """
    if root and not folder.checkpoints.is_dir() and not Path(root).is_dir():
        raise InputError(
            f"trainer.checkpoint_dir: there is no folder {root} on this machine; mount the disk "
            "that it is on, or make it"
        )


def keep_checkpoints_in(root: str, folder: RunFolder) -> None:
    """Links the run's `checkpoints` to a folder of its own in `root`; does nothing without a root.

    A run that has checkpoints already keeps them where they are. Raises InputError if there is no
    `root`, and if the folder cannot be created or written to.
    """
    own = folder.checkpoints
    if not root or own.is_dir():
        return
    check_checkpoint_dir(root, folder)
    kept = Path(os.path.abspath(root)) / folder.path.name
    with writable(kept):
        kept.mkdir(exist_ok=True)
        own.unlink(missing_ok=True)  # it leads to a disk that is not there any more
        own.symlink_to(kept, target_is_directory=True)


def note_begun(folder: RunFolder, **settings: str) -> None:
    """Notes beside linked checkpoints what they were begun with, as precision and attention."""
    if folder.checkpoints.is_symlink():
        atomic_write(folder.checkpoints / _BEGUN, json.dumps(settings) + "\n")


def begun_with(folder: RunFolder) -> Mapping[str, str]:
    """What another machine has noted of a run's checkpoints; empty without a note."""
    path = folder.checkpoints / _BEGUN
    noted: dict[str, str] = read_json(path, dict[str, str]) if path.exists() else {}
    return noted
