"""A folder of noise recordings: which it has, how long they are, and what tells it from others."""

import os
from dataclasses import dataclass
from pathlib import Path

from plion.data.decoding import open_audio, stated_seconds
from plion.data.suffixes import CONTAINERS
from plion.errors import InputError


@dataclass(frozen=True)
class Recording:
    """One file of noise; its length is in seconds."""

    path: str
    seconds: float


def recordings(folder: str) -> list[Recording]:
    """The recordings at any depth below a folder, by name; only their headers are read.

    Raises InputError for a folder that is not there or has no audio, and, naming the file, for
    audio that cannot be opened, has no samples or does not say how long it is.
    """
    found = []
    for name in sizes(folder):
        with open_audio(Path(folder, name)) as file:
            found.append(Recording(str(Path(folder, name)), stated_seconds(file)))
        if not found[-1].seconds:
            raise InputError(f"audio {found[-1].path} has no samples")
    return found


def sizes(folder: str) -> dict[str, int]:
    """The bytes of each recording by its name below the folder, sorted: what tells a folder.

    Raises InputError as `recordings` does for the folder.
    """
    if not os.path.isdir(folder):
        raise InputError(f"there is no folder {folder} (data.augment.noise.folder)")
    found = {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in (Path(place, name) for place, _, names in os.walk(folder) for name in names)
        if path.suffix.lower() in CONTAINERS and not path.name.startswith(".") and path.is_file()
    }
    if not found:
        raise InputError(
            f"{folder} (data.augment.noise.folder) has no audio: no file in it ends in "
            f"{', '.join(CONTAINERS)}"
        )
    return dict(sorted(found.items()))
