"""The cost of a clip to a model: seconds of padded audio, and tokens of text."""

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ClipCost:
    """The cost of clips in a batch, in seconds of audio.

    `step`: seconds to whose multiples audio is padded. `shortest`: seconds that every clip is
    padded to at least. `tokens_per_second`: tokens of text that cost as much as a second of audio.
    `longest`: seconds of audio that a clip may have at most. `most_tokens`: tokens of words (and of
    a context) that it may have at most.
    """

    tokens_per_second: float
    step: float = 1.0
    shortest: float = 1.0
    longest: float = math.inf
    most_tokens: float = math.inf

    def padded(self, longest: np.ndarray) -> np.ndarray:
        """Seconds each clip of a batch is padded to, by the seconds of the batch's longest."""
        padded: np.ndarray = np.maximum(np.ceil(longest / self.step) * self.step, self.shortest)
        return padded

    def cost(self, padded: np.ndarray, tokens: np.ndarray | None) -> np.ndarray:
        """Seconds that a clip costs, by its padded audio and its text's tokens (None: unknown)."""
        return padded if tokens is None else padded + tokens / self.tokens_per_second
