"""Chunks of WAV and AIFF files: find missing samples, and files joined end to end.

libsndfile reads a truncated file without an error, and stops at the header's sample count where
that is too low. Sources: Microsoft and IBM, "Multimedia Programming Interface and Data
Specifications 1.0" (1991) for RIFF; EBU Tech 3306 for its 64-bit form; Apple, "Audio Interchange
File Format 1.3" (1989) for AIFF.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal

from plion.data.audio.formats.layout import Layout, Part, lacking, miscounted
from plion.data.audio.formats.mpeg_frames import past_tags

_FILE = (b"RIFF", b"RIFX", b"RF64", b"FORM")
_HOLDS = (b"WAVE", b"AIFF", b"AIFC")
_SAMPLES = (b"data", b"SSND")
_HEADER = 12  # bytes of a file's header, 8 of them the chunk header
# Writers to a pipe do not know the size: they write 0, all ones, or nearly the largest signed
# number.
_UNKNOWN_SIZE = 0x7FFF_0000
_REST = 0.5  # seconds; at least so much data after the last chunk may be samples
_LOOK = 4096  # bytes of it to look at: zeros are padding


@dataclass
class _Wave:
    """One WAV or AIFF file within a file, by byte positions.

    start: its first byte; speed: bytes per second; samples: bytes of samples; first: the first of
    these; after: the byte after the last chunk.
    """

    start: int
    speed: int = 0
    samples: int = 0
    first: int = 0
    after: int = 0


def layout(file: BinaryIO, size: int) -> Layout:
    """The WAV or AIFF files in a file of `size` bytes. Reads chunk headers only."""
    waves: list[_Wave] = []
    fault = None
    for name, at, count in chunks(file, past_tags(file)):
        if name in _FILE:
            waves.append(_Wave(at))
        if not waves:
            break
        if name == b"fmt ":
            file.seek(at + 16)
            waves[-1].speed = int.from_bytes(file.read(4), "little")
        elif name in _SAMPLES:
            waves[-1].samples, waves[-1].first = count, at + 8
            unknown = _UNKNOWN_SIZE <= count < 1 << 32
            fault = fault or (None if unknown else lacking(at + 8 + count - size, count))
        waves[-1].after = at + 8 + count
    ends = [*(wave.start for wave in waves[1:]), size]
    parts = [
        Part(wave.start, end, _uncounted(wave, end)) for wave, end in zip(waves, ends, strict=True)
    ] if waves else [Part(0, size)]  # fmt: skip
    return Layout(parts, fault or (_rest(file, waves[-1], size) if waves else None))


def _uncounted(wave: _Wave, end: int) -> float | None:
    """Seconds of a WAV whose header counts 0 samples, as writers to a pipe leave it; else None."""
    streamed = wave.speed and wave.first and not wave.samples and wave.after == wave.first
    return (end - wave.first) / wave.speed if streamed and end > wave.first else None


def _rest(file: BinaryIO, wave: _Wave, size: int) -> str | None:
    """The fault of a WAV with data after its last chunk that is likely samples; else None."""
    rest = size - wave.after
    if not wave.speed or not wave.samples or rest < _REST * wave.speed:
        return None
    file.seek(wave.after)
    if not any(file.read(_LOOK)):
        return None
    return miscounted(wave.samples / wave.speed, (wave.samples + rest) / wave.speed)


def chunks(file: BinaryIO, at: int = 0) -> Iterator[tuple[bytes, int, int]]:
    """Name, first byte and size of each chunk from `at` on; a file's header counts as a chunk.

    Stops at the first data that is not a chunk: a chunk has a name of four printable characters
    and, unless it holds samples, ends within the file.
    """
    size = file.seek(0, 2)
    order: Literal["big", "little"] = "little"
    long_size = odd = 0
    while at < size:
        file.seek(at)
        head = file.read(24)
        if odd and not _named(head):  # some writers do not pad chunks of odd size
            at -= 1
            file.seek(at)
            head = file.read(24)
        if not _named(head):
            return
        count = int.from_bytes(head[4:8], order)
        if head[:4] in _FILE and head[8:12] in _HOLDS:
            order = "big" if head[:4] in (b"RIFX", b"FORM") else "little"
            count, long_size = _HEADER - 8, 0
        elif head[:4] == b"ds64":
            long_size = int.from_bytes(head[16:24], "little")
        elif head[:4] == b"data":
            count = long_size or count
        elif head[:4] not in _SAMPLES and at + 8 + count > size:
            return
        yield head[:4], at, count
        odd = count % 2
        at += 8 + count + odd


def _named(head: bytes) -> bool:
    return len(head) >= 8 and all(32 <= byte < 127 for byte in head[:4])
