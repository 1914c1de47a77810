"""Find Matroska and WebM files joined in one file, as browser recorders write them.

ffmpeg plays all of them, each with times from 0 s on, so that the total length and positions would
be wrong. Source for the header: RFC 9559 and RFC 8794.
"""

from collections.abc import Iterator
from typing import BinaryIO

from plion.data.audio.formats.layout import Layout, Part
from plion.data.audio.formats.mapped import Content, mapped

_MARKER = b"\x1aE\xdf\xa3"
_HEADER = 64  # bytes, in which the header names one of _KINDS
_KINDS = (b"matroska", b"webm")


def layout(file: BinaryIO, size: int) -> Layout:
    """The Matroska files in a file of `size` bytes, mostly one. Searches all of it (1 GB/s)."""
    with mapped(file) as data:
        starts = [0, *_starts(data, len(_MARKER))]
    ends = [*starts[1:], size]
    return Layout([Part(*both) for both in zip(starts, ends, strict=True)])


def _starts(data: Content, at: int) -> Iterator[int]:
    while (at := data.find(_MARKER, at)) >= 0:
        if any(kind in data[at : at + _HEADER] for kind in _KINDS):
            yield at
        at += len(_MARKER)
