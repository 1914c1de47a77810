"""MP4 files that follow each other in one file: ffmpeg plays the first alone.

Boxes are those of ISO/IEC 14496-12.
"""

from collections.abc import Iterator
from typing import BinaryIO

from plion.data.audio.formats.layout import Layout, Part

_HEAD = 16  # bytes of a box that are looked at: its size, name and, where that is long, long size
_FIRST = b"ftyp"


def layout(file: BinaryIO, size: int) -> Layout:
    """The MP4 files that a file of so many bytes is, mostly one. Reads the boxes' heads alone."""
    starts = [at for name, at in _boxes(file, size) if name == _FIRST] or [0]
    starts[0] = 0
    ends = [*starts[1:], size]
    return Layout([Part(*both) for both in zip(starts, ends, strict=True)])


def _boxes(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int]]:
    """Name and first byte of each box of the outermost level."""
    at = 0
    while at < size:
        file.seek(at)
        head = file.read(_HEAD)
        count = int.from_bytes(head[:4], "big")
        if count == 1:
            count = int.from_bytes(head[8:16], "big")
        yield head[4:8], at
        if count < 8:  # to the end of the file, or no box
            return
        at += count
