"""The layout of an audio file: its streams by byte ranges, and whether anything is missing."""

from collections.abc import Sequence
from dataclasses import dataclass

MISCOUNT = 0.06  # seconds by which a stated length may differ from the frames found

CUT_FRAME = "is cut off in the middle of its last frame"
_SLOPPY = 64  # bytes: some writers include the header in the count


@dataclass(frozen=True)
class Part:
    """One stream: the bytes from `start` to `end`, a valid file of its kind on their own.

    seconds: its length by counted frames; None if the decoder knows it itself.
    """

    start: int
    end: int
    seconds: float | None = None


@dataclass(frozen=True)
class Layout:
    """The streams of a file in order.

    fault: why they are incomplete, as the end of the sentence "audio PATH ..."; None if complete.
    """

    parts: Sequence[Part]
    fault: str | None = None


def miscounted(counted: float, there: float) -> str | None:
    """The fault of a file whose header counts `counted` seconds and that has `there`; else None.

    The end of the sentence "audio PATH ...".
    """
    if there < counted - MISCOUNT:
        return f"is truncated: its header counts {counted:.2f} s, {there:.2f} s can be decoded"
    if there > counted + MISCOUNT:
        return f"has {there:.2f} s, more than the {counted:.2f} s that its header counts"
    return None


def lacking(missing: int, count: int) -> str | None:
    """The fault of a file in which `missing` of `count` bytes of samples are missing; else None."""
    if missing <= _SLOPPY:
        return None
    return f"is truncated: {missing:,} of {count:,} bytes of samples are missing at its end"
