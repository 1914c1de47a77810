"""The chunks of a WAV file: whether all samples are there, and where another file was joined on.

libsndfile reads a WAV that was cut off as if it had been that short. The chunks of RIFF are those
of Microsoft's and IBM's "Multimedia Programming Interface and Data Specifications 1.0" (1991), its
64-bit form that of EBU Tech 3306.
"""

from collections.abc import Iterator
from typing import BinaryIO, Literal

from plion.data.formats.layout import Layout, Part

_FILE = (b"RIFF", b"RIFX", b"RF64")
_HEADER = 12  # bytes of a file's header, of which a chunk's are 8
# Writers to a pipe cannot know a size beforehand: they leave 0, all ones, or nearly the most that
# a signed number holds.
_UNKNOWN_SIZE = 0x7FFF_0000
_SLOPPY = 64  # bytes: some writers count the header in


def layout(file: BinaryIO, size: int) -> Layout:
    """The WAV files that a file of so many bytes is, mostly one. Reads the chunks' heads alone."""
    starts: list[int] = []
    fault = None
    for name, at, count in chunks(file):
        if name in _FILE:
            starts.append(at)
        elif name == b"data":
            lacking = at + 8 + count - size
            if lacking > _SLOPPY and not _UNKNOWN_SIZE <= count < 1 << 32:
                lost = f"{lacking:,} of {count:,} bytes of samples"
                fault = f"is truncated: {lost} are missing at its end"
    ends = [*starts[1:], size]
    return Layout([Part(*both) for both in zip(starts, ends, strict=True)], fault)


def chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Name, first byte and size of each chunk, with those of the file's header as one."""
    order: Literal["big", "little"] = "little"
    at = long_size = 0
    while True:
        file.seek(at)
        head = file.read(24)
        if len(head) < 8 or b"\0" in head[:4]:
            return
        count = int.from_bytes(head[4:8], order)
        if head[:4] in _FILE and head[8:12] == b"WAVE":
            order = "big" if head[:4] == b"RIFX" else "little"
            count, long_size = _HEADER - 8, 0
        elif head[:4] == b"ds64":
            long_size = int.from_bytes(head[16:24], "little")
        elif head[:4] == b"data":
            count = long_size or count
        yield head[:4], at, count
        at += 8 + count + count % 2
