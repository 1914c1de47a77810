"""Detection of pauses in a recording by loudness.

A learnt voice detector would add a dependency, weights and most of a small model's running time,
and would lose speech that it takes for noise. Loudness errs on the safe side: if speech does not
stand out from the background, nothing counts as a pause, and everything louder than an empty room
is transcribed. The threshold is relative, so that quiet recordings are treated like loud ones.

A frame is loud above a threshold a quarter of the way from background to speech, in decibels. The
background is the 10th percentile of the frames near by, so that it may change; speech is the 95th
percentile over some minutes, so that a long break is not taken for speech.
"""

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000
FRAME = 320  # samples: 20 ms
A_SECOND = SAMPLE_RATE // FRAME  # frames

_SILENT = -140.0  # dB of full scale, below one bit of 24: digital silence
_ROOM = -78.0  # dB; audio below it without contrast is an empty room
_ROUNDED = -90.0  # dB, one bit of 16: audio below it is rounding noise
_RANGE = 66.0  # dB below speech; fainter frames are made by a gate or a codec, not background
_BACKGROUND, _SPEECH = 10, 95  # percentiles
_WAY = 0.25  # position of the threshold between background and speech
_CONTRAST = 8.0  # dB between background and speech, below which they cannot be told apart
_FADED = 6.0  # dB above the median of a pause
_LONGEST_FADE = A_SECOND // 4  # frames
_CLICK = 3  # frames; a shorter loud stretch is not speech

Levels = NDArray[np.float32]
Runs = NDArray[np.intp]


def levels(samples: NDArray[np.float32]) -> Levels:
    """The loudness of each frame of samples (frames x FRAME,) in dB of full scale, (frames,)."""
    power = np.square(samples.reshape(-1, FRAME), dtype=np.float64).mean(axis=1)
    found: Levels = (10 * np.log10(np.maximum(power, 10 ** (_SILENT / 10)))).astype(np.float32)
    return found


def threshold(near: Levels, wide: Levels) -> float:
    """The level in dB above which a frame is loud, from the levels around it (dB)."""
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
    """First frame and end (exclusive) of each stretch of loud frames, shape (runs, 2)."""
    edges = np.flatnonzero(np.diff(levels > above, prepend=False, append=False))
    runs = edges.reshape(-1, 2)
    found: Runs = runs[runs[:, 1] - runs[:, 0] >= _CLICK]
    return found


def fading(pause: Levels) -> int:
    """Number of frames at the start of a pause that still belong to the fading word.

    The fade ends where the level reaches the median of the pause.
    """
    if not len(pause):
        return 0
    faded = np.flatnonzero(pause <= np.median(pause) + _FADED)
    return min(int(faded[0]), _LONGEST_FADE)


def quietest(levels: Levels, runs: Runs, first: int, end: int) -> int:
    """The frame between `first` and `end` at which to cut speech without a pause.

    The middle of the longest quiet stretch between runs, or else of the quietest tenth of a second.
    """
    starts = np.clip(np.append(0, runs[:, 1]), first, end)
    ends = np.clip(np.append(runs[:, 0], len(levels)), first, end)
    longest = int(np.argmax(ends - starts))
    if ends[longest] - starts[longest] >= _CLICK:
        return int(starts[longest] + ends[longest]) // 2
    width = A_SECOND // 10
    power = 10 ** (levels[first:end] / 10)
    return first + int(np.argmin(np.convolve(power, np.ones(width), "valid"))) + width // 2
