"""An open audio file: its length, its faults and its samples, mono at one rate."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plion.data.audio.decoders.stream import Stream
from plion.data.audio.downmix import mixed
from plion.data.audio.formats.layout import Layout
from plion.data.audio.rates import resampled_blocks

Samples = NDArray[np.float32]


class Audio:
    """An open audio file, its streams joined at the highest of their rates (`rate`, in Hz).

    kind: its container, as named by `suffixes.container`. exact: whether its length is known to the
    sample. cancels: whether channels cancelled each other in the samples read so far, so that one
    of them was taken instead of the mean.
    """

    def __init__(self, path: Path, kind: str | None, layout: Layout, streams: Sequence[Stream]):
        self.path = path
        self.kind = streams[0].kind or kind
        self.rate = max(stream.rate for stream in streams)
        self.channels = max(stream.channels for stream in streams)
        self.exact = all(stream.exact for stream in streams)
        self.cancels = False
        self._streams = streams
        self._layout = layout

    @cached_property
    def seconds(self) -> float:
        """Length of what can be decoded."""
        return float(sum(stream.frames / stream.rate for stream in self._streams))

    @cached_property
    def fault(self) -> str | None:
        """Why the file is not a whole recording; None if nothing is missing.

        The end of the sentence "audio PATH ...". Does not know damage that only decoding finds.
        """
        if self._layout.fault:
            return self._layout.fault
        return next((stream.fault for stream in self._streams if stream.fault), None)

    def blocks(self, offset: float, seconds: float) -> Iterator[Samples]:
        """Mono samples from `offset` seconds on, in blocks (samples,) of at most `seconds`."""
        for stream in self._streams:
            start = round(offset * stream.rate)
            if offset and stream is not self._streams[-1] and start >= stream.frames:
                offset -= stream.frames / stream.rate
                continue
            blocks = self._mixed(stream, start, max(1, round(seconds * stream.rate)))
            yield from (
                blocks
                if stream.rate == self.rate
                else resampled_blocks(blocks, stream.rate, self.rate)
            )
            offset = 0.0

    def _mixed(self, stream: Stream, start: int, size: int) -> Iterator[Samples]:
        for block in stream.blocks(start, size):
            samples, cancels = mixed(block)
            self.cancels |= cancels
            yield samples
