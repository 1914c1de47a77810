"""Decode audio files to mono float32 samples at their own rate.

`open_audio` finds out what a file holds and whether it is complete. A file is one stream, or
several in sequence (a chained Ogg, concatenated MP3 files). libsndfile decodes WAV, FLAC and every
other stream that it can read to the end; PyAV decodes the rest.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from pathlib import Path

import numpy as np
import soundfile

from plion.data.audio.audio_file import Audio, Samples
from plion.data.audio.decoders.pyav import Pyav
from plion.data.audio.decoders.sndfile import Sndfile
from plion.data.audio.decoders.stream import Broken, Lacking, Stream
from plion.data.audio.formats import adts, asf, flac, matroska, mp4, mpeg, ogg, plain, riff
from plion.data.audio.formats.layout import Layout, Part
from plion.data.audio.formats.mpeg_frames import past_tags
from plion.data.audio.rates import refuse_odd_rate
from plion.data.audio.suffixes import FOREIGN, START, container
from plion.errors import InputError

TOLERANCE = 0.1  # seconds by which decoded audio may differ in length from the manifest

_LAYOUTS = {
    "AAC": adts.layout,
    "AIFF": riff.layout,
    "ASF": asf.layout,
    "AU": plain.au,
    "CAF": plain.caf,
    "FLAC": flac.layout,
    "MP3": mpeg.layout,
    "MP4": mp4.layout,
    "Matroska": matroska.layout,
    "Ogg": ogg.layout,
    "W64": plain.w64,
    "WAV": riff.layout,
}
_UNSUPPORTED = 4  # libsndfile's code for a known container with an unsupported codec
_BY_PYAV = ("AAC", "AMR", "ASF", "MP4", "Matroska")


@contextmanager
def open_audio(path: str | Path) -> Iterator[Audio]:
    """Open an audio file for reading.

    Raises InputError naming the file, also for errors while it is read: missing, a broken link,
    empty, without permission, not audio, damaged, of an unsupported rate, or in need of a decoder
    that is not installed.
    """
    path = Path(path)
    try:
        _refuse_unreadable(path)
    except OSError as error:
        raise InputError(f"audio {path} cannot be read: {error.strerror}") from error
    try:
        with ExitStack() as stack:
            try:
                audio = _opened(path, stack)
            except OSError as error:
                raise InputError(f"audio {path} cannot be read: {error.strerror}") from error
            yield audio
    except Lacking as error:
        raise InputError(f"audio {path} {error}") from error
    except (soundfile.SoundFileError, RuntimeError, Broken) as error:
        told = getattr(error, "error_string", error)  # without the path
        raise InputError(f"audio {path} cannot be decoded: {told}") from error


def _refuse_unreadable(path: Path) -> None:
    """Raise InputError for problems that libsndfile does not report, or reports badly."""
    if not path.is_file():
        lost = f"is a broken link (to {path.readlink()})" if path.is_symlink() else "is missing"
        raise InputError(f"audio {path} {'is a folder' if path.is_dir() else lost}")
    if not path.stat().st_size:
        raise InputError(f"audio {path} is empty")
    if not os.access(path, os.R_OK):
        raise InputError(f"audio {path} cannot be read: see its permissions")
    if path.suffix.lower() == ".raw":
        raise InputError(f"audio {path} cannot be decoded: raw samples have no header with a rate")


def _opened(path: Path, stack: ExitStack) -> Audio:
    status = path.stat()
    kind, layout = _layout(path, status.st_size, status.st_mtime_ns)
    streams = []
    for part in layout.parts:
        try:
            streams.append(
                _stream(path, kind, part, whole=len(layout.parts) == 1 and not part.start)
            )
        except (soundfile.SoundFileError, Broken, Lacking) as error:
            if layout.fault:
                raise InputError(f"audio {path} {layout.fault}") from error
            raise
        stack.callback(streams[-1].close)
        refuse_odd_rate(path, streams[-1].rate)
    return Audio(path, kind, layout, streams)


@lru_cache(maxsize=64)
def _layout(path: Path, size: int, changed: int) -> tuple[str | None, Layout]:
    """A file's container and streams; cached, since many utterances may lie in one long file."""
    with path.open("rb") as file:
        begin = past_tags(file)
        file.seek(begin)
        # MP3 frames may follow a tag, or other bytes in a file called .mp3.
        tagged = begin > 0 or path.suffix.lower() == ".mp3"
        kind = container(file.read(START)) or ("MP3" if tagged else None)
        find = _LAYOUTS.get(kind or "")
        return kind, find(file, size) if find else Layout([Part(0, size)])


def _stream(path: Path, kind: str | None, part: Part, *, whole: bool) -> Stream:
    """A stream with the decoder that can read all of it."""
    own, seconds = None if whole else part, part.seconds
    if kind in _BY_PYAV:
        return Pyav(path, own, seconds, f"is {kind}, which PyAV decodes")
    try:
        heard = Sndfile(path, own, seconds)
    except soundfile.LibsndfileError as error:
        if not _may_be_foreign(path, kind, error):
            raise
        told = error.error_string.rstrip(".")
        return Pyav(path, own, seconds, f"cannot be decoded by libsndfile ({told}), but by PyAV")
    if not heard.misses():
        return heard
    heard.close()
    lost = f"has no valid length: libsndfile reads {heard.stated:.2f} of {seconds:.2f} s"
    return Pyav(path, own, seconds, f"{lost}, PyAV all")


def _may_be_foreign(path: Path, kind: str | None, error: soundfile.LibsndfileError) -> bool:
    """Whether PyAV may decode what libsndfile refuses (not so for a damaged file)."""
    if kind in (None, "AU", "CAF", "W64"):
        return path.suffix.lower() in FOREIGN
    return kind == "Ogg" or error.code == _UNSUPPORTED


def decode(path: str | Path, offset: float, duration: float) -> tuple[Samples, int]:
    """Decode a part of a file: mono samples, shape (samples,), and their rate in Hz.

    `offset` and `duration` are seconds. Raises InputError as `open_audio`, and for audio that ends
    before `offset + duration` (libsndfile reads a WAV cut in half without an error) or is
    incomplete otherwise.
    """
    with open_audio(path) as audio:
        wanted = round(duration * audio.rate)
        parts: list[Samples] = []
        count = 0
        for block in audio.blocks(offset, duration):
            parts.append(block[: wanted - count])
            count += len(parts[-1])
            if count >= wanted:
                break
        fault = audio.fault
    if count < wanted - TOLERANCE * audio.rate:
        raise InputError(
            f"audio {path} is truncated: {count / audio.rate:.2f} s, but the manifest says "
            f"{duration:.2f} s"
        )
    if fault:
        raise InputError(f"audio {path} {fault}")
    return np.concatenate(parts or [np.zeros(0, np.float32)]), audio.rate
