"""The limits of Whisper's input and output, from its configuration. Free of torch.

The encoder takes exactly `2 x max_source_positions` mel frames, so that a clip of a second costs as
much as one of thirty; the decoder has `max_target_positions` positions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plion.errors import InputError
from plion.models.folders.documents import read_json

HOP = 160  # samples from one mel frame to the next
FRAMES_A_SECOND = 100
OPENING = 4  # tokens before a transcript; a model of English alone has fewer
_HALVED = 2  # by the second convolution
_SIZES = {"max_source_positions": 1500, "max_target_positions": 448, "num_mel_bins": 80}


@dataclass(frozen=True)
class Window:
    """The sizes of a model: `mels` x `frames` of its input, `positions` of its decoder."""

    frames: int
    positions: int
    mels: int

    @property
    def seconds(self) -> float:
        """Seconds of audio that every clip is padded to."""
        return self.frames / FRAMES_A_SECOND

    @property
    def samples(self) -> int:
        """The same in samples at 16 kHz."""
        return self.frames * HOP

    @property
    def words(self) -> int:
        """Maximum tokens of a transcript; its end token is never an input."""
        return self.positions - OPENING


def window(folder: Path) -> Window:
    """The window of a folder's model; raises InputError if config.json lacks its sizes."""
    return window_of(read_json(folder / "config.json"), folder)


def window_of(config: Mapping[str, Any], folder: Path) -> Window:
    """The window of a configuration; sizes that it omits are the library's defaults."""
    found = {key: config.get(key, default) for key, default in _SIZES.items()}
    for key, number in found.items():
        if not isinstance(number, int) or isinstance(number, bool) or number <= OPENING:
            raise InputError(f"{folder / 'config.json'} is not of Whisper: {key} is {number!r}")
    source, positions, mels = found.values()
    return Window(_HALVED * source, positions, mels)


PUBLISHED = window_of({}, Path())
"""The window of the published models: 30 s, and 444 tokens of text."""
