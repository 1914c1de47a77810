"""Where a recording pauses, told by its loudness.

A learnt detector of voices would add a dependency, weights, and most of the time that a small
model takes; and what it takes for noise is lost. Loudness errs to the other side: where speech does
not stand out from what is around it, nothing counts as a pause, and all is heard but what is as
faint as an empty room. Loud is relative, so that a quiet recording is heard like a loud one.

Loud is what is a quarter of the way from the background to the speech, in decibels. The background
is what nine tenths of the frames near by are above, so that it may change; speech is what a
twentieth of those of some minutes are above, so that a long break is not taken for it.
"""

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000
FRAME = 320  # samples: 20 ms
A_SECOND = SAMPLE_RATE // FRAME  # frames

_SILENT = -140.0  # dB of full scale, less than a bit of 24: digital silence
_ROOM = -78.0  # dB; what is below it and has no contrast is an empty room
_ROUNDED = -90.0  # dB, a bit of 16: what is below it is how samples were rounded
_RANGE = (
    66.0  # dB below speech; what is fainter is a gate or a codec, and no recording's background
)
_BACKGROUND, _SPEECH = 10, 95  # percentiles
_WAY = 0.25
_CONTRAST = 8.0  # dB between background and speech; below it they cannot be told apart
_FADED = 6.0  # dB above what a pause mostly is
_LONGEST_FADE = A_SECOND // 4  # frames
_CLICK = 3  # frames; what is loud for less is no speech

Levels = NDArray[np.float32]
Runs = NDArray[np.intp]


def levels(samples: NDArray[np.float32]) -> Levels:
    """The loudness of each frame of samples (frames x FRAME,) in dB of full scale, (frames,)."""
    power = np.square(samples.reshape(-1, FRAME), dtype=np.float64).mean(axis=1)
    found: Levels = (10 * np.log10(np.maximum(power, 10 ** (_SILENT / 10)))).astype(np.float32)
    return found


def threshold(near: Levels, wide: Levels) -> float:
    """The loudness in dB above which a frame is loud, by the levels around it."""
    near, wide = near[near > _SILENT], wide[wide > _SILENT]
    if not len(near):
        return _ROOM
    speech = float(max(np.percentile(wide, _SPEECH), np.percentile(near, _SPEECH)))
    near = near[near > speech - _RANGE]
    if not len(near):
        return _ROOM
    background = float(np.percentile(near, _BACKGROUND))
    stands_out = speech - background >= _CONTRAST
    least = _ROUNDED if stands_out else _ROOM
    if speech < least:
        return least
    return background + _WAY * (speech - background) if stands_out else speech - _RANGE


def loud_runs(levels: Levels, above: float) -> Runs:
    """First frame and the one after the last of each stretch of loud frames, (runs, 2)."""
    edges = np.flatnonzero(np.diff(levels > above, prepend=False, append=False))
    runs = edges.reshape(-1, 2)
    found: Runs = runs[runs[:, 1] - runs[:, 0] >= _CLICK]
    return found


def fading(pause: Levels) -> int:
    """How many of the first frames of a pause still are speech: what of a word is not loud.

    It ends where the pause is as quiet as it is for the most part.
    """
    if not len(pause):
        return 0
    faded = np.flatnonzero(pause <= np.median(pause) + _FADED)
    return min(int(faded[0]), _LONGEST_FADE)


def quietest(levels: Levels, runs: Runs, first: int, end: int) -> int:
    """The frame to cut at where there is no pause: between `first` and `end`.

    In the middle of the longest quiet between runs there, else where it is least loud for a tenth
    of a second.
    """
    starts = np.clip(np.append(0, runs[:, 1]), first, end)
    ends = np.clip(np.append(runs[:, 0], len(levels)), first, end)
    longest = int(np.argmax(ends - starts))
    if ends[longest] - starts[longest] >= _CLICK:
        return int(starts[longest] + ends[longest]) // 2
    width = A_SECOND // 10
    power = 10 ** (levels[first:end] / 10)
    return first + int(np.argmin(np.convolve(power, np.ones(width), "valid"))) + width // 2
