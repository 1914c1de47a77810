"""Mix channels to mono: their mean, or one channel if the mean cancels the signal.

If one channel is the negative of the other (swapped poles of a cable), the mean is silent. By
comparison, the mean of two uncorrelated channels is 3 dB lower, and that of one active channel and
N - 1 silent ones 10 log N.
"""

import numpy as np
from numpy.typing import NDArray

CANCELLED = 20.0  # dB; channels cancel if their mean is at least this much below them
# The end of the sentence "audio PATH ...".
CANCELS = "has channels that cancel each other: one of them is used instead of their mean"

_SILENT = 1e-9  # mean square of about one bit of 16; anything below is rounding


def mixed(channels: NDArray[np.float32]) -> tuple[NDArray[np.float32], bool]:
    """Mix samples (frames, channels) to (frames,), and tell whether channels cancel.

    Channels cancel if the level of their mean is at least CANCELLED dB below their mean level. Then
    the first channel with at least half the power of the loudest is taken. NaN and infinite samples
    are kept.
    """
    mean = np.asarray(channels.mean(axis=1), dtype=np.float32)
    if channels.shape[1] < 2 or not len(channels):
        return mean, False
    own = np.square(channels, dtype=np.float64).mean(axis=0)
    least = own.mean() * 10 ** (-CANCELLED / 10)
    # Comparisons with NaN are false.
    if not (own.mean() > _SILENT and np.square(mean, dtype=np.float64).mean() < least):
        return mean, False
    return np.ascontiguousarray(channels[:, int(np.argmax(own >= own.max() / 2))]), True
