"""One stream of audio, whoever decodes it, and the bytes of a file that it is in."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from plion.data.audio.formats.layout import Part

Channels = NDArray[np.float32]


class Broken(Exception):
    """A decoder met what it cannot decode; the text is what it says of it."""


class Lacking(Exception):
    """The decoder is not installed; the text is the end of the sentence "audio PATH ..."."""


class Stream(Protocol):
    """Audio of one rate in Hz."""

    @property
    def kind(self) -> str | None:
        """Its container, where the decoder tells it."""

    @property
    def exact(self) -> bool:
        """Whether its length is known to the sample: a lossy codec's may be off by two frames."""

    @property
    def rate(self) -> int: ...

    @property
    def channels(self) -> int: ...

    @property
    def frames(self) -> int:
        """How many samples a channel can be decoded; raises as `blocks` where they are counted."""

    @property
    def fault(self) -> str | None:
        """Why it is not all of what was recorded: the end of the sentence "audio PATH ..."."""

    def blocks(self, start: int, size: int) -> Iterator[Channels]:
        """The samples (frames, channels) from a frame on, in blocks of `size` frames or fewer.

        Raises Broken, or an error of libsndfile, at what cannot be decoded.
        """

    def close(self) -> None: ...


def window(path: Path, part: Part) -> io.BufferedReader:
    """A part of a file as if it were a file of its own, open for reading."""
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
