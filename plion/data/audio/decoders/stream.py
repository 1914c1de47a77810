"""The interface of a decoded audio stream, its errors, and a view of a part of a file."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from plion.data.audio.formats.layout import Part

Channels = NDArray[np.float32]


class Broken(Exception):
    """A decoder failed; the text is its message."""


class Lacking(Exception):
    """The decoder is not installed; the text is the end of the sentence "audio PATH ..."."""


class Stream(Protocol):
    """A decoded audio stream with one sample rate."""

    @property
    def kind(self) -> str | None:
        """Its container, if the decoder knows it."""

    @property
    def exact(self) -> bool:
        """Whether its length is exact to the sample; a lossy codec's may be off by two frames."""

    @property
    def rate(self) -> int:
        """Sample rate in Hz."""

    @property
    def channels(self) -> int: ...

    @property
    def frames(self) -> int:
        """Samples per channel that can be decoded; may decode to count, and raise as `blocks`."""

    @property
    def fault(self) -> str | None:
        """Why it is incomplete, as the end of the sentence "audio PATH ..."; None if it is not."""

    def blocks(self, start: int, size: int) -> Iterator[Channels]:
        """Samples from frame `start` on, in blocks (frames, channels) of at most `size` frames.

        Raises Broken, or an error of libsndfile, where decoding fails.
        """

    def close(self) -> None: ...


def window(path: Path, part: Part) -> io.BufferedReader:
    """Open a part of a file for reading, as a file of its own."""
    return io.BufferedReader(_Window(path, part), 1 << 16)


class _Window(io.RawIOBase):
    def __init__(self, path: Path, part: Part) -> None:
        self._file = open(path, "rb", buffering=0)  # noqa: SIM115 (see close)
        self._part = part
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        size = self._part.end - self._part.start
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._file.seek(self._part.start + self._at)
        left = self._part.end - self._part.start - self._at
        count = self._file.readinto(memoryview(buffer)[: max(0, left)]) or 0
        self._at += count
        return count

    def close(self) -> None:
        self._file.close()
        super().close()
