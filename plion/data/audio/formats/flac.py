"""Find joined FLAC files, and files with fewer or more samples than their header counts.

libsndfile stops at the header's count: it reads only the first of joined files, and notices a
truncation only while decoding. Here the file is searched for further headers (0.3 ms for 15 s of
speech, a second for a gigabyte), and the last frame of each must end at its count. Source for
STREAMINFO and frame headers: RFC 9639.
"""

from collections.abc import Iterator
from typing import BinaryIO

from plion.data.audio.formats.layout import Layout, Part, miscounted
from plion.data.audio.formats.mapped import Content, mapped
from plion.data.audio.formats.mpeg_frames import past_tags

_MARKER = b"fLaC"
_STREAMINFO = (b"\0\0\0\x22", b"\x80\0\0\x22")  # type 0, last block or not, 34 bytes
_HEADER = 42  # bytes of the marker and STREAMINFO
_TAIL = 1 << 18  # bytes searched for the last frame
_LONGEST = 16  # bytes of a frame's header


def layout(file: BinaryIO, size: int) -> Layout:
    """The FLAC files in a file of `size` bytes, mostly one. Searches all of it, undecoded."""
    begin = past_tags(file)
    with mapped(file) as data:
        starts = [begin, *_starts(data, begin + _HEADER)]
        ends = [*starts[1:], size]
        parts = [Part(*both) for both in zip(starts, ends, strict=True)]
        faults = (_fault(data, part) for part in parts)
        return Layout(parts, next(filter(None, faults), None))


def _starts(data: Content, at: int) -> Iterator[int]:
    while (at := data.find(_MARKER, at)) >= 0:
        if data[at + 4 : at + 8] in _STREAMINFO:
            yield at
        at += len(_MARKER)


def _fault(data: Content, part: Part) -> str | None:
    """What is wrong with a header's count; None if right, absent or impossible to check."""
    info = data[part.start + 8 : part.start + _HEADER]
    fields = int.from_bytes(info[10:18], "big")
    rate, counted = fields >> 44, fields & (1 << 36) - 1
    if not (rate and counted):
        return None
    last = 0
    # Bytes within a frame may look like a header, so any frame that ends at the count is enough.
    for end in _frame_ends(data, part, int.from_bytes(info[2:4], "big")):
        if end == counted:
            return None
        last = last or end
    return miscounted(counted / rate, last / rate) if last else None


def _frame_ends(data: Content, part: Part, block: int) -> Iterator[int]:
    """The sample number at the end of each of the last frames, the last first.

    block: the block size in samples, if it is fixed.
    """
    tail = data[max(part.start, part.end - _TAIL) : part.end]
    at = len(tail)
    while (at := tail.rfind(b"\xff", 0, at)) >= 0:
        if tail[at + 1 : at + 2] in (b"\xf8", b"\xf9"):
            ends = _frame_end(tail[at : at + _LONGEST], block)
            if ends:
                yield ends


def _frame_end(head: bytes, block: int) -> int:
    """The sample number at a frame's end, by its header; 0 if it is not a header."""
    number, at = _coded_number(head)
    bits, rate_bits = head[2] >> 4 if len(head) > 2 else 0, head[2] & 15 if len(head) > 2 else 0
    extra = {6: 1, 7: 2}.get(bits, 0)
    own = int.from_bytes(head[at : at + extra], "big") + 1 if extra else _block(bits)
    at += extra + {12: 1, 13: 2, 14: 2}.get(rate_bits, 0)
    if not 4 < at < len(head) or not own or _crc(head[:at]) != head[at]:
        return 0
    return own + number * (1 if head[1] & 1 else block)


def _coded_number(head: bytes) -> tuple[int, int]:
    """A frame or sample number in FLAC's UTF-8-like code, and the position after it."""
    first = head[4] if len(head) > 4 else 0x80
    ones = next((n for n in range(8) if not first << n & 0x80), 8)
    if ones in (1, 8):
        return 0, 0
    number, more = first & 0x7F >> ones, max(0, ones - 1)
    for byte in head[5 : 5 + more]:
        number = number << 6 | byte & 0x3F
    return number, 5 + more


def _block(bits: int) -> int:
    if bits == 1:
        return 192
    return 576 << bits - 2 if 2 <= bits <= 5 else 1 << bits if bits >= 8 else 0


def _crc(data: bytes) -> int:
    """CRC-8 with the polynomial x^8 + x^2 + x + 1."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ (0x07 if crc & 0x80 else 0)) & 0xFF
    return crc
