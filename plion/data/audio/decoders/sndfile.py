"""Decode streams with libsndfile."""

import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import soundfile

from plion.data.audio.decoders.stream import Channels, window
from plion.data.audio.formats.layout import MISCOUNT, Part

# Containers, as `suffixes.container` names them, by libsndfile's formats.
_KINDS = {"WAV": "WAV", "WAVEX": "WAV", "RF64": "WAV", "FLAC": "FLAC", "MP3": "MP3", "OGG": "Ogg",
          "AIFF": "AIFF"}  # fmt: skip
_EXACT = ("WAV", "FLAC", "AIFF")  # unless they contain MP3
_UNCOUNTED = 1 << 62  # libsndfile's length of a FLAC whose header has none
_BLOCK = 1 << 18  # frames decoded at a time for counting


class _Forward(soundfile.SoundFile):
    """A file that is read sequentially, without seeking after each block as soundfile does.

    Seeking fails in a FLAC that was written to a pipe and so has no length in its header.
    """

    def seekable(self) -> bool:
        return False


class Sndfile:
    """A stream that libsndfile decodes: `part` of a file, or all of it (None)."""

    fault: str | None = None

    def __init__(self, path: Path, part: Part | None, seconds: float | None) -> None:
        self._source = os.fsencode(path) if part is None else window(path, part)
        try:
            self.file = soundfile.SoundFile(self._source)
        except BaseException:
            self._close_window()
            raise
        self.rate = int(self.file.samplerate)
        self.channels = int(self.file.channels)
        self.kind = _KINDS.get(self.file.format)
        self.exact = self.kind in _EXACT and not self.file.subtype.startswith("MPEG")
        self.seconds = seconds
        self._counted = self.file.frames < _UNCOUNTED

    def misses(self) -> bool:
        """Whether libsndfile would stop before the end of the `seconds` that were counted."""
        if self.seconds is None or not self._counted:
            return False
        return bool(self.file.frames < (self.seconds - MISCOUNT) * self.rate)

    @property
    def stated(self) -> float:
        """Length in seconds according to libsndfile."""
        return float(self.file.frames / self.rate)

    @cached_property
    def frames(self) -> int:
        if not self._counted:
            return sum(map(len, self.blocks(0, _BLOCK)))
        stated = int(self.file.frames)
        return stated if self.seconds is None else round(self.seconds * self.rate)

    def blocks(self, start: int, size: int) -> Iterator[Channels]:
        if not self._counted:
            yield from self._forward(start, size)
            return
        self.file.seek(min(start, self.file.frames))
        while len(block := self.file.read(size, dtype="float32", always_2d=True)):
            yield block

    def _forward(self, start: int, size: int) -> Iterator[Channels]:
        if not isinstance(self._source, bytes):
            self._source.seek(0)
        with _Forward(self._source) as file:
            while len(block := file.read(size, dtype="float32", always_2d=True)):
                if start < len(block):
                    yield block[start:]
                start = max(0, start - len(block))

    def close(self) -> None:
        self.file.close()
        self._close_window()

    def _close_window(self) -> None:
        if not isinstance(self._source, bytes):
            self._source.close()
