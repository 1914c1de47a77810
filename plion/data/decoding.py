"""Audio files as samples, decoded in place by libsndfile: mono float32 at the file's own rate."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from plion.errors import InputError

TOLERANCE = 0.1  # seconds by which a codec's length may differ from the manifest's

_UNCOUNTED = 1 << 62  # libsndfile's length of a FLAC whose header does not say it


@contextmanager
def open_audio(path: str | Path) -> Iterator[soundfile.SoundFile]:
    """An audio file, open for reading.

    Raises InputError naming the file, also for what goes wrong while it is read: missing, a link
    to nothing, empty, out of reach, not audio, damaged.
    """
    path = Path(path)
    try:
        _refuse_unreadable(path)
    except OSError as error:
        raise InputError(f"audio {path} cannot be read: {error.strerror}") from error
    try:
        with soundfile.SoundFile(os.fsencode(path)) as file:  # names need not be UTF-8
            yield file
    except (soundfile.SoundFileError, RuntimeError) as error:
        told = getattr(error, "error_string", error)  # without the path, which is named already
        raise InputError(f"audio {path} cannot be decoded: {told}") from error


def _refuse_unreadable(path: Path) -> None:
    """What libsndfile would not say, or not say well."""
    if not path.is_file():
        lost = f"is a link to nothing ({path.readlink()})" if path.is_symlink() else "is missing"
        raise InputError(f"audio {path} {'is a folder' if path.is_dir() else lost}")
    if not path.stat().st_size:
        raise InputError(f"audio {path} is empty")
    if not os.access(path, os.R_OK):
        raise InputError(f"audio {path} may not be read: see its permissions")
    if path.suffix.lower() == ".raw":
        raise InputError(f"audio {path} cannot be decoded: raw samples do not tell their rate")


def stated_seconds(file: soundfile.SoundFile) -> float:
    """How long an open file is by its header; InputError for a FLAC that does not say it."""
    if file.frames >= _UNCOUNTED:
        raise InputError(
            f"audio {os.fsdecode(file.name)} does not say in its header how long it is: "
            "encode it anew"
        )
    return float(file.frames / file.samplerate)


def decode(path: str | Path, offset: float, duration: float) -> tuple[NDArray[np.float32], int]:
    """The samples of a part of a file, shape (samples,), channels averaged, and their rate in Hz.

    `offset` and `duration` are seconds. Raises InputError naming the file for audio that is
    missing, empty, damaged, not audio, or ends before `offset + duration` (a WAV cut in half reads
    without error).
    """
    with open_audio(path) as file:
        rate = int(file.samplerate)
        file.seek(min(round(offset * rate), file.frames))
        frames = round(duration * rate)
        samples = file.read(frames, dtype="float32", always_2d=True)
    if len(samples) < frames - TOLERANCE * rate:
        raise InputError(
            f"audio {path} is truncated: {len(samples) / rate:.2f} s where the manifest says "
            f"{duration:.2f} s"
        )
    return np.asarray(samples.mean(axis=1), dtype=np.float32), rate
