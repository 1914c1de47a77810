"""Find MP4 files joined in one file, of which ffmpeg plays only the first.

Source for boxes: ISO/IEC 14496-12.
"""

from collections.abc import Iterator
from typing import BinaryIO

from plion.data.audio.formats.layout import Layout, Part

_HEAD = 16  # bytes read of a box: its size, name and possibly a 64-bit size
_FIRST = b"ftyp"


def layout(file: BinaryIO, size: int) -> Layout:
    """The MP4 files in a file of `size` bytes, mostly one. Reads box headers only."""
    starts = [at for name, at in _boxes(file, size) if name == _FIRST] or [0]
    starts[0] = 0
    ends = [*starts[1:], size]
    return Layout([Part(*both) for both in zip(starts, ends, strict=True)])


def _boxes(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int]]:
    """Name and position of each top-level box."""
    at = 0
    while at < size:
        file.seek(at)
        head = file.read(_HEAD)
        count = int.from_bytes(head[:4], "big")
        if count == 1:
            count = int.from_bytes(head[8:16], "big")
        yield head[4:8], at
        if count < 8:  # 0: to the end of the file; else not a box
            return
        at += count
