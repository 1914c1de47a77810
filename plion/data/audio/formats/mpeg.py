"""The frames of an MPEG audio file (MP3), counted: how long it is, and where streams are joined.

An MP3 says how long it is in its first frame, or nowhere. libsndfile believes that frame, also in a
file that others were joined to, and without it guesses by the bit rate of the first frames. So all
frames are counted here, and those that the first one counts are a stream of their own. The frame
that counts is Xing's, written `Info` at a constant bit rate, or Fraunhofer's `VBRI`, which
libsndfile does not know. A count of 0 is none.
"""

from dataclasses import dataclass
from typing import BinaryIO

from plion.data.audio.formats.layout import CUT_FRAME, Layout, Part
from plion.data.audio.formats.mapped import Map, mapped
from plion.data.audio.formats.mpeg_frames import Bytes, Frame, first_frame, frames_from

_SLACK = 2  # frames: some count the one that counts
_VBRI = 36  # bytes from the beginning of a frame


@dataclass
class _Stream:
    """Frames that follow each other: `frames` of them, and `counted` by the first, if it counts."""

    start: int
    frame: Frame
    counted: int | None
    trusted: bool  # the count, by libsndfile
    end: int = 0
    frames: int = 0

    @property
    def full(self) -> bool:
        return self.counted is not None and self.frames >= self.counted

    def lasts(self, frames: int) -> float:
        """Seconds of so many frames."""
        return frames * self.frame.samples / self.frame.rate


def layout(file: BinaryIO, size: int) -> Layout:
    """The streams of an MPEG audio file of so many bytes.

    Reads every frame's header (0.2 s for an hour, 0.4 ms for 11 s). What has no frames is left to
    the decoder.
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
    """None where the first frame's count is right: the decoder then knows it to the sample."""
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

    A new one begins at a tag, at a frame that counts, at another rate, and after as many frames as
    the first counted.
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
        streams.pop()  # the stream before counted one less than it has
    return streams, end > size


def _count(head: bytes, frame: Frame) -> tuple[int | None, bool]:
    """The frames that this one counts, itself aside, and whether libsndfile knows; else None."""
    at = frame.count_at
    if head[at : at + 4] in (b"Xing", b"Info") and head[at + 7] & 1:
        return _number(head, at + 8), True
    if head[_VBRI : _VBRI + 4] == b"VBRI":
        return _number(head, _VBRI + 14), False
    return None, False


def _number(head: bytes, at: int) -> int:
    return int.from_bytes(head[at : at + 4], "big")
