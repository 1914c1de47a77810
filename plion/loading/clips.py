"""Turns utterances into clips with features, in the loader's workers."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset, get_worker_info

from plion.data.manifest import Utterance
from plion.errors import InputError
from plion.loading.audio import read_audio
from plion.loading.augment import Augmentation
from plion.loading.memory import MEMORY, key_of

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Clip:
    """An utterance with its features, which are None if its audio is bad and skipped.

    `draw`: the number of its draw; None outside training. `samples`: length of its audio in samples
    at 16 kHz.
    """

    utterance: Utterance
    draw: int | None
    samples: int
    features: Any | None


class Clips(Dataset[Clip]):
    """Utterances by (number, draw number), decoded and turned into features on demand.

    An augmentation changes audio and features, by the number of the draw. `remembered`: the
    settings of the features (`Collator.settings`), if clips that no augmentation changes shall be
    kept in the memory of this process, and taken from it.
    """

    def __init__(
        self,
        utterance: Callable[[int], Utterance],
        features: Callable[[np.ndarray], Any],
        *,
        skip_bad: bool = False,
        augmentation: Augmentation | None = None,
        remembered: str = "",
    ) -> None:
        self.utterance = utterance
        self.features = features
        self.skip_bad = skip_bad
        self.augmentation = augmentation if augmentation and augmentation.changes else None
        self.remembered = remembered

    def __getitem__(self, key: tuple[int, int | None]) -> Clip:
        number, draw = key
        utterance = self.utterance(number)
        # Not in a loader's worker: it has no later pass, and there are many of them.
        keeps = self.remembered and self.augmentation is None and get_worker_info() is None
        known = key_of(utterance, self.remembered) if keeps else None
        if known is not None and (found := MEMORY.find(known)):
            return Clip(utterance, draw, *found)
        clip = self._read(utterance, draw)
        if known is not None and isinstance(clip.features, torch.Tensor):
            MEMORY.keep(known, clip.samples, clip.features)
        return clip

    def _read(self, utterance: Utterance, draw: int | None) -> Clip:
        try:
            samples = read_audio(utterance)
        except InputError as bad:
            if not self.skip_bad:
                raise
            log.warning("skipped: %s", bad)
            return Clip(utterance, draw, 0, None)
        if self.augmentation is None or draw is None:
            return Clip(utterance, draw, len(samples), self.features(samples))
        samples = self.augmentation.waveform(samples, draw)
        features = self.augmentation.spectrogram(self.features(samples), draw)
        return Clip(utterance, draw, len(samples), features)
