"""Features of clips that a process remembers: repeated passes and later cells use them again."""

import os
from collections.abc import Hashable
from dataclasses import dataclass, field

import torch

from plion.data.manifest import Utterance

LIMIT = 384 * 2**20
"""Bytes of features that a process keeps: all of mini12's training and validation sets."""


@dataclass
class FeatureMemory:
    """Features of clips by what they depend on, up to `limit` bytes.

    Keeps what comes first, since passes over a corpus come back to its beginning: keeping what was
    used last would find nothing again in a corpus that does not fit.
    """

    limit: int = LIMIT
    _kept: dict[Hashable, tuple[int, torch.Tensor]] = field(default_factory=dict)
    _bytes: int = 0

    def find(self, key: Hashable) -> tuple[int, torch.Tensor] | None:
        """The length in samples and the features of a clip, which must not be changed."""
        return self._kept.get(key)

    def keep(self, key: Hashable, samples: int, features: torch.Tensor) -> None:
        """Keeps a clip's features if there is room."""
        if self._bytes + features.nbytes <= self.limit:
            self._kept[key] = samples, features
            self._bytes += features.nbytes


def key_of(utterance: Utterance, settings: str) -> Hashable | None:
    """What the features of a clip depend on: its file as it is now, where it lies in it, the
    `settings` of the features, and the threads that compute them. None for a file that is missing.
    """
    try:
        state = os.stat(utterance.audio)
    except OSError:
        return None
    file = (utterance.audio, state.st_ino, state.st_size, state.st_mtime_ns)
    return (*file, utterance.offset, utterance.duration, settings, torch.get_num_threads())


MEMORY = FeatureMemory()
"""That of this process."""
