"""What a file's bytes say of the streams in it: how many there are, and whether all is there."""

from collections.abc import Sequence
from dataclasses import dataclass

MISCOUNT = 0.06  # seconds by which libsndfile's count may differ from the frames that are there

CUT_FRAME = "is cut off in the middle of its last frame"
_SLOPPY = 64  # bytes: some writers count the header in


@dataclass(frozen=True)
class Part:
    """One stream: bytes from `start` to `end` of a file, which alone are a file of their kind.

    seconds: as its frames were counted, None where the decoder counts them as well.
    """

    start: int
    end: int
    seconds: float | None = None


@dataclass(frozen=True)
class Layout:
    """The streams of a file, one after another, and why they are not all of the recording.

    fault: the end of the sentence "audio PATH ..."; None where nothing is missing.
    """

    parts: Sequence[Part]
    fault: str | None = None


def miscounted(counted: float, there: float) -> str | None:
    """What is wrong where a header counts so many seconds and so many are there; None if nothing.

    The end of the sentence "audio PATH ...".
    """
    if there < counted - MISCOUNT:
        return f"is truncated: its header counts {counted:.2f} s, {there:.2f} s can be decoded"
    if there > counted + MISCOUNT:
        return f"holds {there:.2f} s and not only the {counted:.2f} s that its header counts"
    return None


def lacking(missing: int, count: int) -> str | None:
    """What is wrong where so many bytes of samples, of `count`, lie behind a file's end."""
    if missing <= _SLOPPY:
        return None
    return f"is truncated: {missing:,} of {count:,} bytes of samples are missing at its end"
