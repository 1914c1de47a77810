"""Matroska and WebM files that follow each other in one file, as recorders of browsers leave them.

ffmpeg plays them all, each from the second 0 on, so that neither their length nor a place in them
could be told. The header is that of RFC 9559 and RFC 8794.
"""

from collections.abc import Iterator
from typing import BinaryIO

from plion.data.audio.formats.layout import Layout, Part
from plion.data.audio.formats.mapped import Content, mapped

_MARKER = b"\x1aE\xdf\xa3"
_HEADER = 64  # bytes, in which the header names one of
_KINDS = (b"matroska", b"webm")


def layout(file: BinaryIO, size: int) -> Layout:
    """The files that a file of so many bytes is, mostly one. Searches all of it (1 GB a second)."""
    with mapped(file) as data:
        starts = [0, *_starts(data, len(_MARKER))]
    ends = [*starts[1:], size]
    return Layout([Part(*both) for both in zip(starts, ends, strict=True)])


def _starts(data: Content, at: int) -> Iterator[int]:
    while (at := data.find(_MARKER, at)) >= 0:
        if any(kind in data[at : at + _HEADER] for kind in _KINDS):
            yield at
        at += len(_MARKER)
