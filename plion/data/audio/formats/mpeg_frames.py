"""Parse MPEG audio frame headers, and iterate over the frames of a file.

Source for frame headers: ISO/IEC 11172-3 and 13818-3.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Protocol

HEAD = 64  # bytes read of a frame: to the end of a Xing or VBRI frame count

_SEARCH = 1 << 16
_BEFORE = 1 << 20  # bytes searched for the first frame

# Kilobits a second by index: MPEG-1's layers I, II, III, and MPEG-2's layer I and its others.
_RATES = {
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_HERTZ = (44_100, 48_000, 32_000)


class Bytes(Protocol):
    """A source of bytes: a file, or a memory map of one."""

    def seek(self, offset: int, /) -> object: ...

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True)
class Frame:
    """A frame by its header: bytes, samples, rate in Hz, and position of a Xing count in it."""

    size: int
    samples: int
    rate: int
    count_at: int


def frames_from(file: Bytes, at: int) -> Iterator[tuple[int, Frame, bytes, bool]]:
    """Each frame from `at` on: position, header, HEAD bytes, and whether an ID3v2 tag precedes it.

    Skips bytes that are no frame.
    """
    tagged = False
    while True:
        frame, head = frame_at(file, at)
        if frame is not None:
            yield at, frame, head, tagged
            at, tagged = at + frame.size, False
            continue
        tagged |= head[:3] == b"ID3"
        found = _sync(file, _past_tag(head, at), None) if len(head) >= 4 else None
        if found is None:
            return
        at = found


def first_frame(file: Bytes) -> int | None:
    """The position of the first frame, after tags and up to 1 MiB of other bytes; None if none."""
    at = past_tags(file)
    return _sync(file, at, at + _BEFORE)


def past_tags(file: Bytes) -> int:
    """The position after the tags (ID3v2, APE) at the beginning of an audio file."""
    at = 0
    while True:
        file.seek(at)
        head = file.read(HEAD)
        if head[:3] != b"ID3" and head[:8] != b"APETAGEX":
            return at
        at = _past_tag(head, at)


def _past_tag(head: bytes, at: int) -> int:
    """The position after a tag (ID3v1, ID3v2, APE) at `at`; without a tag, the next byte."""
    if head[:3] == b"ID3" and len(head) >= 10:
        body = sum((head[6 + n] & 0x7F) << (21 - 7 * n) for n in range(4))
        return at + 10 + body + (10 if head[5] & 0x10 else 0)
    if head[:8] == b"APETAGEX":
        return at + 32 + int.from_bytes(head[12:16], "little")
    return at + (128 if head[:3] == b"TAG" else 1)


def _sync(file: Bytes, at: int, until: int | None) -> int | None:
    """The next position from `at` on of a frame that is followed by one of the same rate."""
    while until is None or at < until:
        file.seek(at)
        block = file.read(_SEARCH)
        place = block.find(b"\xff")
        while place >= 0:
            if _is_followed(file, at + place):
                return at + place
            place = block.find(b"\xff", place + 1)
        if len(block) < _SEARCH:
            return None
        at += _SEARCH
    return None


def _is_followed(file: Bytes, at: int) -> bool:
    frame, _ = frame_at(file, at)
    if frame is None:
        return False
    after, _ = frame_at(file, at + frame.size)
    return after is not None and after.rate == frame.rate


def frame_at(file: Bytes, at: int) -> tuple[Frame | None, bytes]:
    """The frame at a position, None if there is none, and the bytes there (at most HEAD)."""
    file.seek(at)
    head = file.read(HEAD)
    if len(head) < 4 or head[0] != 0xFF:
        return None, head
    return _frame(head[1], head[2], mono=head[3] >> 6 == 3), head


@cache
def _frame(first: int, second: int, *, mono: bool) -> Frame | None:
    """A frame by the header bytes after 0xFF; None if they are not a header.

    Free-format frames, whose header has no bit rate and so no size, are not supported: None.
    """
    version = {3: 1, 2: 2, 0: 4}.get(first >> 3 & 3, 0)  # divides the rate: MPEG-1, 2 and 2.5
    layer = 4 - (first >> 1 & 3)
    bits, hertz = second >> 4, second >> 2 & 3
    if first < 0xE0 or not version or layer == 4 or bits in (0, 15) or hertz == 3:
        return None
    first_kind = version == 1
    table = _RATES[(1, layer) if first_kind else (2, min(layer, 2))]
    rate = _HERTZ[hertz] // version
    samples = {1: 384, 2: 1152, 3: 1152 if first_kind else 576}[layer]
    slot = 4 if layer == 1 else 1
    size = (samples // 8 // slot * table[bits - 1] * 1000 // rate + (second >> 1 & 1)) * slot
    side = (17 if mono else 32) if first_kind else (9 if mono else 17)
    return Frame(size, samples, rate, 4 + side)
