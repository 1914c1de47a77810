"""Several channels as one: their mean, or one of them where the mean cancels what they hold.

A channel that is another's negative (a cable with two poles swapped) is silence in the mean. Two
channels that share nothing lose 3 dB in it, and one that speaks beside N - 1 silent ones 10 log N.
"""

import numpy as np
from numpy.typing import NDArray

CANCELLED = 20.0  # dB that the mean lies below the channels from which on they cancel
# What is said of a recording, the end of the sentence "audio PATH ...".
CANCELS = "has channels that cancel each other: one of them is taken, not their mean"

_SILENT = 1e-9  # mean square: a bit of 16; what is below it is rounding


def mixed(channels: NDArray[np.float32]) -> tuple[NDArray[np.float32], bool]:
    """Samples (frames, channels) as (frames,), and whether they cancel.

    Channels cancel where the level of their mean is CANCELLED below the mean of their levels. The
    first is then taken that has half the power of the loudest. Samples that are not numbers stay.
    """
    mean = np.asarray(channels.mean(axis=1), dtype=np.float32)
    if channels.shape[1] < 2 or not len(channels):
        return mean, False
    own = np.square(channels, dtype=np.float64).mean(axis=0)
    least = own.mean() * 10 ** (-CANCELLED / 10)
    # Comparisons with what is not a number are false.
    if not (own.mean() > _SILENT and np.square(mean, dtype=np.float64).mean() < least):
        return mean, False
    return np.ascontiguousarray(channels[:, int(np.argmax(own >= own.max() / 2))]), True
