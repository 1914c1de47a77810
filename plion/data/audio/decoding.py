"""Audio files as samples, decoded in place: mono float32 at the file's own rate.

`open_audio` is the one place that says what a file holds and whether that is all of it. A file is
one stream or several that follow each other: a chained Ogg, MP3 files joined end to end. WAV, FLAC
and every stream that libsndfile hears to its end are decoded by it, all else by PyAV.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from plion.data.audio.downmix import mixed
from plion.data.audio.formats import adts, asf, flac, matroska, mp4, mpeg, ogg, plain, riff
from plion.data.audio.formats.layout import Layout, Part
from plion.data.audio.formats.mpeg_frames import past_tags
from plion.data.audio.formats.pyav import Pyav
from plion.data.audio.formats.sndfile import Sndfile
from plion.data.audio.formats.stream import Broken, Lacking, Stream
from plion.data.audio.rates import refuse_odd_rate, resampled_blocks
from plion.data.audio.suffixes import FOREIGN, START, container
from plion.errors import InputError

TOLERANCE = 0.1  # seconds by which a codec's length may differ from the manifest's

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
_UNSUPPORTED = 4  # libsndfile's code for a known container of what it cannot decode
_BY_PYAV = ("AAC", "AMR", "ASF", "MP4", "Matroska")

Samples = NDArray[np.float32]


class Audio:
    """An audio file, open: its streams as one, at the highest rate of them in Hz.

    kind: its container, as `suffixes.container` tells it. exact: whether its length is known to the
    sample. cancels: whether channels cancelled in what was read so far, so that one was taken.
    """

    def __init__(self, path: Path, kind: str | None, layout: Layout, streams: Sequence[Stream]):
        self.path = path
        self.kind = streams[0].kind or kind
        self.rate = max(stream.rate for stream in streams)
        self.channels = max(stream.channels for stream in streams)
        self.exact = all(stream.exact for stream in streams)
        self.cancels = False
        self._streams = streams
        self._layout = layout

    @cached_property
    def seconds(self) -> float:
        """How long it is, as far as it can be decoded."""
        return float(sum(stream.frames / stream.rate for stream in self._streams))

    @cached_property
    def fault(self) -> str | None:
        """Why this is not all of what was recorded; None where nothing is missing.

        The end of the sentence "audio PATH ...". What a decoder finds damaged on the way is not
        known here.
        """
        if self._layout.fault:
            return self._layout.fault
        return next((stream.fault for stream in self._streams if stream.fault), None)

    def blocks(self, offset: float, seconds: float) -> Iterator[Samples]:
        """The samples (samples,) from a second on, in blocks of so many seconds or fewer."""
        for stream in self._streams:
            start = round(offset * stream.rate)
            if offset and stream is not self._streams[-1] and start >= stream.frames:
                offset -= stream.frames / stream.rate
                continue
            blocks = self._mixed(stream, start, max(1, round(seconds * stream.rate)))
            yield from (
                blocks
                if stream.rate == self.rate
                else resampled_blocks(blocks, stream.rate, self.rate)
            )
            offset = 0.0

    def _mixed(self, stream: Stream, start: int, size: int) -> Iterator[Samples]:
        for block in stream.blocks(start, size):
            samples, cancels = mixed(block)
            self.cancels |= cancels
            yield samples


@contextmanager
def open_audio(path: str | Path) -> Iterator[Audio]:
    """An audio file, open for reading.

    Raises InputError naming the file, also for what goes wrong while it is read: missing, a link
    to nothing, empty, out of reach, not audio, damaged, of a rate that is not taken, or in need of
    a decoder that is not installed.
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
    """A file's container and streams; kept, since many utterances may lie in one long file."""
    with path.open("rb") as file:
        begin = past_tags(file)
        file.seek(begin)
        # What follows a tag, or anything else in a file that is called MP3, may be frames.
        tagged = begin > 0 or path.suffix.lower() == ".mp3"
        kind = container(file.read(START)) or ("MP3" if tagged else None)
        find = _LAYOUTS.get(kind or "")
        return kind, find(file, size) if find else Layout([Part(0, size)])


def _stream(path: Path, kind: str | None, part: Part, *, whole: bool) -> Stream:
    """A stream by the decoder that hears all of it."""
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
    lost = f"does not say how long it is: libsndfile hears {heard.stated:.2f} of {seconds:.2f} s"
    return Pyav(path, own, seconds, f"{lost}, PyAV all")


def _may_be_foreign(path: Path, kind: str | None, error: soundfile.LibsndfileError) -> bool:
    """Whether PyAV may know what libsndfile refuses; of what is damaged it knows no more."""
    if kind in (None, "AU", "CAF", "W64"):
        return path.suffix.lower() in FOREIGN
    return kind == "Ogg" or error.code == _UNSUPPORTED


def decode(path: str | Path, offset: float, duration: float) -> tuple[Samples, int]:
    """The samples of a part of a file, shape (samples,), channels mixed, and their rate in Hz.

    `offset` and `duration` are seconds. Raises InputError naming the file for audio that is
    missing, empty, damaged, not audio, ends before `offset + duration` (a WAV cut in half reads
    without error), or is not all that was recorded.
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
            f"audio {path} is truncated: {count / audio.rate:.2f} s where the manifest says "
            f"{duration:.2f} s"
        )
    if fault:
        raise InputError(f"audio {path} {fault}")
    return np.concatenate(parts or [np.zeros(0, np.float32)]), audio.rate
