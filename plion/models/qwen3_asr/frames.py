"""Units of audio: samples at 16 kHz, mel frames, positions of the audio tower. Without torch."""

from typing import Protocol, Self, TypeVar

HOP = 160  # samples from one mel frame to the next
FRAMES_A_SECOND = 100


class _Countable(Protocol):
    def __add__(self, other: int, /) -> Self: ...

    def __floordiv__(self, other: int, /) -> Self: ...


Count = TypeVar("Count", bound=_Countable)  # a number, or a tensor of many


def thrice_halved(frames: Count) -> Count:
    """Number of positions after the audio tower's three convolutions of stride 2."""
    for _ in range(3):
        frames = (frames + 1) // 2
    return frames
