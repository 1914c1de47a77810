"""Cuts a recording at its pauses into segments of speech, and drops the silence between them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plion.transcription.pauses import (
    A_SECOND,
    FRAME,
    SAMPLE_RATE,
    Levels,
    fading,
    levels,
    loud_runs,
    quietest,
    threshold,
)

LONGEST = 30.0  # seconds; the limit of the published models and of Whisper

_PAUSE = A_SECOND // 2  # frames of quiet that end a segment, and that are kept before one
_AHEAD = round(LONGEST * A_SECOND) + 2 * _PAUSE  # frames read ahead of a cut
_NEAR, _WIDE = 30 * A_SECOND, 300 * A_SECOND  # past frames for the background and for speech


@dataclass(frozen=True)
class Segment:
    """A stretch of speech: samples (samples,) at 16 kHz, and its start in seconds."""

    start: float
    samples: NDArray[np.float32]

    @property
    def seconds(self) -> float:
        return len(self.samples) / SAMPLE_RATE

    @property
    def end(self) -> float:
        return self.start + self.seconds


def segments(blocks: Iterable[NDArray[np.float32]], longest: float) -> Iterator[Segment]:
    """Cuts samples at 16 kHz, given in blocks of any lengths, at every pause of 0.5 s.

    Speech without a pause for `longest` seconds is cut at the quietest place in their second half.
    Cuts do not depend on the blocks. At most about half a minute is held in memory.
    """
    heard, most = _Heard(blocks), int(longest * A_SECOND)
    goes_on = False  # whether speech continues after the last cut
    while heard.fill():
        runs = loud_runs(heard.ahead, heard.threshold())
        silent = int(runs[0, 0]) if len(runs) else len(heard.ahead)
        if silent > _PAUSE or not len(runs):
            heard.drop(max(silent - _PAUSE, 1))
            goes_on = False
            continue
        if not goes_on:
            start = silent - fading(heard.ahead[:silent][::-1])
            heard.drop(start)
            runs = runs - start
        end = _end(heard.ahead, runs)
        goes_on = end > most
        if goes_on:
            end = quietest(heard.ahead, runs, most // 2, most)
        yield Segment(heard.at / SAMPLE_RATE, heard.drop(end))


def _end(ahead: Levels, runs: NDArray[np.intp]) -> int:
    """The frame at which speech first pauses."""
    next_runs = np.append(runs[1:, 0], len(ahead))
    pauses = next_runs - runs[:, 1] >= _PAUSE
    pauses[-1] = True  # the end of what was read: the recording's end, or too long for a segment
    last = int(np.argmax(pauses))
    end = int(runs[last, 1])
    return end + fading(ahead[end : next_runs[last]])


class _Heard:
    """A buffer of frames that were read but not yet cut, with the levels of past frames.

    at: position of its start in samples. ahead: levels of the frames in it.
    """

    def __init__(self, blocks: Iterable[NDArray[np.float32]]) -> None:
        self.at = 0
        self._read = 0  # samples
        self.ahead: Levels = np.zeros(0, np.float32)
        self._blocks = iter(blocks)
        self._samples = np.zeros(0, np.float32)
        self._past: Levels = np.zeros(0, np.float32)
        self._unread = np.zeros(0, np.float32)
        self._ended = False

    def fill(self) -> bool:
        """Reads until there is enough to find a cut; False when nothing is left."""
        missing = (_AHEAD - len(self.ahead)) * FRAME
        parts, count = [self._unread], len(self._unread)
        while count < missing and not self._ended:
            block = next(self._blocks, None)
            if block is None:
                self._ended = True
                parts.append(np.zeros(-count % FRAME, np.float32))
            else:
                parts.append(block)
                count += len(block)
                self._read += len(block)
        read = np.concatenate(parts)
        taken = min(missing, len(read) // FRAME * FRAME)
        self._unread = read[taken:]
        self._samples = np.concatenate([self._samples, read[:taken]])
        self.ahead = np.concatenate([self.ahead, levels(read[:taken])])
        return len(self.ahead) > 0

    def threshold(self) -> float:
        """The level above which a frame is loud."""
        near, wide = self._past[-_NEAR:], self._past
        return threshold(np.append(near, self.ahead), np.append(wide, self.ahead))

    def drop(self, frames: int) -> NDArray[np.float32]:
        """Removes the first frames and returns their samples, without the padding at the end."""
        end = min(frames * FRAME, self._read - self.at)
        samples = self._samples[:end].copy()  # a view would keep the whole buffer in memory
        self._samples = self._samples[frames * FRAME :]
        self._past = np.append(self._past, self.ahead[:frames])[-_WIDE:]
        self.ahead = self.ahead[frames:]
        self.at += frames * FRAME
        return samples
