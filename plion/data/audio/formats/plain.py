"""Find truncated AU, CAF and W64 files by the sizes in their headers.

libsndfile reads them without an error. Sources: Sun, audio(4); Apple, "Core Audio Format
Specification 1.0"; Sony, "Wave 64", whose chunks have names of 16 bytes.
"""

from typing import BinaryIO

from plion.data.audio.formats.layout import Layout, Part, lacking

_LARGEST = 1 << 62  # bytes; a larger size means unknown


def au(file: BinaryIO, size: int) -> Layout:
    """The single stream of an AU file of `size` bytes."""
    file.seek(4)
    begin, count = (int.from_bytes(file.read(4), "big") for _ in range(2))
    known = count < 0xFFFF_FFFF
    return Layout([Part(0, size)], lacking(begin + count - size, count) if known else None)


def caf(file: BinaryIO, size: int) -> Layout:
    """The single stream of a CAF file of `size` bytes."""
    return _chunked(file, size, 8, 4, order="big", counted=0)


def w64(file: BinaryIO, size: int) -> Layout:
    """The single stream of a W64 file of `size` bytes."""
    return _chunked(file, size, 40, 16, order="little", counted=24)


def _chunked(file: BinaryIO, size: int, at: int, name: int, *, order: str, counted: int) -> Layout:
    """The layout by the size of the chunk of samples.

    at: position of the first chunk. name: bytes of a chunk's name, before its size of 8 bytes.
    counted: bytes of the chunk header that its size includes.
    """
    while at < size:
        file.seek(at)
        head = file.read(name + 8)
        count = int.from_bytes(head[name:], order) - counted  # type: ignore[arg-type]
        begin = at + name + 8
        if head[:4] == b"data":
            known = 0 <= count < _LARGEST
            return Layout([Part(0, size)], lacking(begin + count - size, count) if known else None)
        if count < 0:
            break
        at = begin + (-(-count // 8) * 8 if counted else count)
    return Layout([Part(0, size)])
