"""What the first bytes of an audio file say, where libsndfile is silent about it.

libsndfile reads a WAV that was cut off as if it had been that short, and does not say why it
refuses a rate of 0 Hz. The chunks of RIFF are those of Microsoft's and IBM's "Multimedia
Programming Interface and Data Specifications 1.0" (1991), its 64-bit form that of EBU Tech 3306,
STREAMINFO that of RFC 9639.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal

# Writers to a pipe cannot know a size beforehand: they leave 0, all ones, or nearly the most that
# a signed number holds.
_UNKNOWN_SIZE = 0x7FFF_0000
_SLOPPY = 64  # bytes: some writers count the header in
_MAGIC = {b"RIFF": "WAV", b"RIFX": "WAV", b"RF64": "WAV", b"fLaC": "FLAC", b"OggS": "Ogg"}
FORMATS = {"WAV": "WAV", "WAVEX": "WAV", "RF64": "WAV", "FLAC": "FLAC", "MP3": "MP3", "OGG": "Ogg"}


def container(path: str | Path) -> str | None:
    """`WAV`, `FLAC`, `MP3` or `Ogg` by a file's first bytes; None for what is none of them."""
    with open(path, "rb") as file:
        start = file.read(4)
    if start[:3] == b"ID3" or (len(start) > 1 and start[0] == 0xFF and start[1] >= 0xE0):
        return "MP3"
    return _MAGIC.get(start)


def has_no_rate(path: str | Path) -> bool:
    """Whether the header of a WAV or FLAC file gives its rate as 0 Hz."""
    with open(path, "rb") as file:
        if file.read(4) == b"fLaC":
            return int.from_bytes(file.read(17)[14:], "big") >> 4 == 0
        for name, size, _ in _chunks(file):
            if name == b"fmt ":
                return size >= 8 and file.read(8)[4:] == bytes(4)
    return False


def missing_bytes(path: str | Path) -> tuple[int, int]:
    """Bytes of samples that a WAV's header counts, and how many of these the file lacks.

    (0, 0) where the header does not say.
    """
    end = os.path.getsize(path)
    long_size = 0
    with open(path, "rb") as file:
        for name, size, order in _chunks(file):
            if name == b"ds64":
                long_size = int.from_bytes(file.read(16)[8:], order)
            elif name == b"data":
                counted = long_size or size
                missing = file.tell() + counted - end
                unknown = counted >= _UNKNOWN_SIZE and not long_size
                return (0, 0) if unknown or missing <= _SLOPPY else (counted, missing)
    return 0, 0


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, Literal["big", "little"]]]:
    """Name, size and byte order of each chunk of a RIFF file, with the file at its content."""
    file.seek(0)
    order: Literal["big", "little"] = "big" if file.read(12)[:4] == b"RIFX" else "little"
    while len(head := file.read(8)) == 8:
        size = int.from_bytes(head[4:], order)
        start = file.tell()
        yield head[:4], size, order
        file.seek(start + size + size % 2)
