"""Count the frames of an MPEG audio file (MP3) to find its length and joined streams.

The first frame of an MP3 may hold a frame count: Xing's (named `Info` at a constant bit rate), or
Fraunhofer's `VBRI`, which libsndfile does not know. libsndfile trusts that count even if other
files were appended, and without one estimates the length from the bit rate of the first frames. So
all frames are counted here; those covered by a count are a stream of their own. A count of 0 is
ignored.
"""

from dataclasses import dataclass
from typing import BinaryIO

from plion.data.audio.formats.layout import CUT_FRAME, Layout, Part
from plion.data.audio.formats.mapped import Map, mapped
from plion.data.audio.formats.mpeg_frames import Bytes, Frame, first_frame, frames_from

_SLACK = 2  # frames: some writers count the frame that holds the count
_VBRI = 36  # position of a VBRI header in a frame


@dataclass
class _Stream:
    """Consecutive frames: `frames` found, and `counted` by the first frame, if it has a count."""

    start: int
    frame: Frame
    counted: int | None
    trusted: bool  # whether libsndfile uses the count
    end: int = 0
    frames: int = 0

    @property
    def full(self) -> bool:
        return self.counted is not None and self.frames >= self.counted

    def lasts(self, frames: int) -> float:
        """The length of a number of frames in seconds."""
        return frames * self.frame.samples / self.frame.rate


def layout(file: BinaryIO, size: int) -> Layout:
    """The streams of an MPEG audio file of `size` bytes.

    Reads every frame header (0.2 s for an hour of audio, 0.4 ms for 11 s). A file without frames is
    one stream, left to the decoder.
    """
    with mapped(file) as content:
        data = Map(content)
        begin = first_frame(data)
        if begin is None:
            return Layout([Part(0, size)])
        streams, cut = _streams(data, begin, size)
    if len(streams) == 1:
        return Layout([Part(0, size, _seconds(streams[0]))], _fault(streams, cut=cut))
    parts = [Part(one.start, one.end, _seconds(one)) for one in streams]
    return Layout(parts, _fault(streams, cut=cut))


def _seconds(stream: _Stream) -> float | None:
    """The length by counted frames; None if the first frame's count is right for the decoder."""
    return None if stream.full and stream.trusted else stream.lasts(stream.frames)


def _fault(streams: list[_Stream], *, cut: bool) -> str | None:
    for one in streams:
        if one.counted is not None and one.frames < one.counted - _SLACK:
            return (
                f"is truncated: its header counts {one.lasts(one.counted):.2f} s, "
                f"{one.lasts(one.frames):.2f} s can be decoded"
            )
    return CUT_FRAME if cut else None


def _streams(file: Bytes, begin: int, size: int) -> tuple[list[_Stream], bool]:
    """The streams of a file, and whether it ends within a frame.

    A new stream begins at a tag, at a frame with a count, at a change of rate, and after the number
    of frames that the stream's first frame counts.
    """
    streams: list[_Stream] = []
    end = 0
    for start, frame, head, tagged in frames_from(file, begin):
        count, trusted = _count(head, frame)
        last = streams[-1] if streams else None
        joined = last is None or last.full or tagged or frame.rate != last.frame.rate
        if joined or count is not None:
            streams.append(_Stream(start, frame, count or None, trusted))
        end = start + frame.size
        if end <= size:
            streams[-1].frames += count is None
            streams[-1].end = end
    if len(streams) > 1 and streams[-1].counted is None and streams[-1].frames <= _SLACK:
        streams.pop()  # the previous stream's count was one or two frames too low
    return streams, end > size


def _count(head: bytes, frame: Frame) -> tuple[int | None, bool]:
    """The frame count in a frame, without itself, and whether libsndfile uses it; None if none."""
    at = frame.count_at
    if head[at : at + 4] in (b"Xing", b"Info") and head[at + 7] & 1:
        return _number(head, at + 8), True
    if head[_VBRI : _VBRI + 4] == b"VBRI":
        return _number(head, _VBRI + 14), False
    return None, False


def _number(head: bytes, at: int) -> int:
    return int.from_bytes(head[at : at + 4], "big")
