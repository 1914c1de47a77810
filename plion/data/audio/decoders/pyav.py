"""Decode with PyAV (the ffmpeg in its wheels) what libsndfile cannot read.

PyAV is the extra `audio`. The container's length is an estimate in some formats, so packets are
counted.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from plion.data.audio.decoders.stream import Broken, Channels, Lacking, window
from plion.data.audio.formats.layout import Part

INSTALL = "pip install av (the extra `audio`)"

# Containers that state their length, and in which ffmpeg can seek.
_INDEXED = ("mov,", "matroska,", "asf")
_BEFORE = 1.0  # seconds decoded before the start of what is wanted
_SLACK = 0.5  # seconds by which the stated length may be too long
_MICROSECONDS = 1_000_000  # per second

# Cached lengths of files: counting packets takes as long as decoding minutes of audio, and many
# utterances may lie in one long file.
_known: dict[tuple[Path, Part | None, int, int], tuple[float, float]] = {}
_KNOWN = 256  # files


class Pyav:
    """A stream that PyAV decodes: the first audio stream in `part` of a file (None: all of it).

    seconds: its length, if known. Raises Lacking if PyAV is not installed, saying `why` it is
    needed, and Broken if there is no audio that it can decode.
    """

    exact = False

    def __init__(self, path: Path, part: Part | None, seconds: float | None, why: str) -> None:
        try:
            import av
        except ImportError as error:
            raise Lacking(f"{why}: {INSTALL}") from error
        self.kind: str | None = None
        self._av = av
        self._path, self._part, self._seconds = path, part, seconds
        with self._open() as (container, stream):
            first = next(container.decode(stream), None)
            if first is None:
                raise Broken("nothing in it can be decoded")
            self._first = first.pts or 0  # in ticks; encoder delay may precede it
            self.rate, self.channels = int(first.sample_rate), len(first.layout.channels)
            self._indexed = container.format.name.startswith(_INDEXED)
            stated = container.duration if self._indexed else None
            self._stated = stated / _MICROSECONDS if stated else None

    @cached_property
    def frames(self) -> int:
        return round((self._ends[0] if self._seconds is None else self._seconds) * self.rate)

    @property
    def fault(self) -> str | None:
        if self._stated is None or self._ends[1] >= self._stated - _SLACK:
            return None
        return (
            f"is truncated: its header counts {self._stated:.2f} s, "
            f"{self._ends[1]:.2f} s can be decoded"
        )

    @cached_property
    def _ends(self) -> tuple[float, float]:
        """Seconds to the end of the last audio packet, and of the last packet of any stream."""
        status = self._path.stat()
        key = (self._path, self._part, status.st_size, status.st_mtime_ns)
        if key not in _known:
            if len(_known) >= _KNOWN:
                _known.clear()
            _known[key] = self._counted()
        return _known[key]

    def _counted(self) -> tuple[float, float]:
        ends: dict[int, float] = {}
        with self._open() as (container, audio):
            for packet in container.demux():
                if packet.size and packet.pts is not None:
                    ticks = packet.pts - (packet.stream.start_time or 0) + (packet.duration or 0)
                    end = ticks * float(packet.time_base)
                    ends[packet.stream.index] = max(ends.get(packet.stream.index, 0.0), end)
            return ends.get(audio.index, 0.0), max(ends.values(), default=0.0)

    def blocks(self, start: int, size: int) -> Iterator[Channels]:
        held: list[Channels] = []
        try:
            for block in self._decoded(start):
                if held and block.shape[1] != held[0].shape[1]:
                    yield np.concatenate(held)
                    held = []
                held.append(block)
                if sum(map(len, held)) >= size:
                    yield np.concatenate(held)
                    held = []
        except Broken:
            yield from held  # what came before the damage is good
            raise
        yield from held and [np.concatenate(held)]

    def _decoded(self, start: int) -> Iterator[Channels]:
        """The samples of each packet from frame `start` on.

        Indexed formats are decoded from a second before it, others from the beginning of the file.
        """
        at = None if self._indexed and start > _BEFORE * self.rate else 0
        with self._open() as (container, stream):
            first = stream.start_time or 0
            if at is None:
                seconds = start / self.rate - _BEFORE
                container.seek(int(seconds / stream.time_base) + first, stream=stream)
            for frame in container.decode(stream):
                if frame.sample_rate != self.rate:
                    raise Broken(f"its rate changes from {self.rate} to {frame.sample_rate} Hz")
                if at is None:
                    at = round((frame.pts - self._first) * frame.time_base * self.rate)
                block = _samples(frame)[max(0, start - at) :]
                at += frame.samples
                if len(block):
                    yield block

    def close(self) -> None:
        """Do nothing: no file stays open between calls."""

    @contextmanager
    def _open(self) -> Iterator[tuple[Any, Any]]:
        source = str(self._path) if self._part is None else window(self._path, self._part)
        try:
            with self._av.open(source, metadata_errors="ignore") as container:
                if not container.streams.audio:
                    raise Broken("there is no audio in it")
                yield container, container.streams.audio[0]
        except self._av.FFmpegError as error:
            raise Broken(error.strerror) from error
        finally:
            if not isinstance(source, str):
                source.close()


def _samples(frame: Any) -> Channels:
    """The samples of a frame in [-1, 1], shape (frames, channels)."""
    found = frame.to_ndarray()
    if not frame.format.is_planar:
        found = found.reshape(-1, len(frame.layout.channels)).T
    if found.dtype.kind == "u":
        found = found.astype(np.float32) / 128 - 1
    elif found.dtype.kind == "i":
        found = found.astype(np.float32) / 2 ** (8 * found.dtype.itemsize - 1)
    return np.ascontiguousarray(found.T, dtype=np.float32)
