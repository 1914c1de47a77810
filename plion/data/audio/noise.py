"""List the recordings of a noise folder with their lengths, and their sizes as its identity."""

import os
from dataclasses import dataclass
from pathlib import Path

from plion.data.audio.decoding import open_audio
from plion.data.audio.suffixes import AUDIO, SOME
from plion.errors import InputError


@dataclass(frozen=True)
class Recording:
    """One file of noise; its length is in seconds."""

    path: str
    seconds: float


def recordings(folder: str) -> list[Recording]:
    """The recordings at any depth below a folder, sorted by name; reads only headers.

    Raises InputError for a folder that does not exist or has no audio, and, naming the file, for
    audio that cannot be opened, is incomplete or has no samples.
    """
    found = []
    for name in sizes(folder):
        path = Path(folder, name)
        with open_audio(path) as audio:
            found.append(Recording(str(path), audio.seconds))
            if audio.fault or not audio.seconds:
                raise InputError(f"audio {path} {audio.fault or 'has no samples'}")
    return found


def sizes(folder: str) -> dict[str, int]:
    """The size in bytes of each recording by its path below the folder, sorted.

    Identifies the folder in a run's hash. Raises InputError as `recordings` for the folder.
    """
    if not os.path.isdir(folder):
        raise InputError(f"there is no folder {folder} (data.augment.noise.folder)")
    found = {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in (Path(place, name) for place, _, names in os.walk(folder) for name in names)
        if path.suffix.lower() in AUDIO and not path.name.startswith(".") and path.is_file()
    }
    if not found:
        raise InputError(
            f"{folder} (data.augment.noise.folder) has no audio: no file in it ends in {SOME}"
        )
    return dict(sorted(found.items()))
