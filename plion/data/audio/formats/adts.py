"""Find raw AAC files (ADTS) cut off in their last frame. Source: ISO/IEC 13818-7."""

from typing import BinaryIO

from plion.data.audio.formats.layout import CUT_FRAME, Layout, Part
from plion.data.audio.formats.mapped import Map, mapped
from plion.data.audio.formats.mpeg_frames import past_tags

_HEADER = 7  # bytes


def layout(file: BinaryIO, size: int) -> Layout:
    """The single stream of a file of `size` bytes. Reads consecutive frame headers."""
    at = past_tags(file)
    with mapped(file) as content:
        data = Map(content)
        while at < size:
            data.seek(at)
            head = data.read(_HEADER)
            if head[:1] != b"\xff" or head[1:2] < b"\xf0":
                break
            length = int.from_bytes(head[3:6], "big") >> 5 & 0x1FFF
            if len(head) < _HEADER or at + length > size:
                return Layout([Part(0, size)], CUT_FRAME)
            if length < _HEADER:
                break
            at += length
    return Layout([Part(0, size)])
