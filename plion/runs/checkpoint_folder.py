"""Checkpoints of a run in a folder that other machines see, by a link from the run's own folder.

Two processes may write there at once: one on a node that was given up for dead and is not. Both
write the same run, whole files, each replaced at once, so neither needs a lock.
"""

import os
from pathlib import Path

from plion.runs.folder import RunFolder
from plion.system.files import writable


def keep_checkpoints_in(root: str, folder: RunFolder) -> None:
    """Links the run's `checkpoints` to a folder of its own in `root`; does nothing without a root.

    A run that has checkpoints already keeps them where they are. Raises InputError if the folder
    cannot be created or written to.
    """
    own = folder.checkpoints
    if not root or own.is_dir():
        return
    kept = Path(os.path.abspath(root)) / folder.path.name
    with writable(kept):
        kept.mkdir(parents=True, exist_ok=True)
        own.unlink(missing_ok=True)  # it leads to a disk that is not there any more
        own.symlink_to(kept, target_is_directory=True)
