"""Turns utterances into clips with features, in the loader's workers."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch.utils.data import Dataset

from plion.data.manifest import Utterance
from plion.errors import InputError
from plion.loading.audio import read_audio
from plion.loading.augment import Augmentation

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

    An augmentation changes audio and features, by the number of the draw.
    """

    def __init__(
        self,
        utterance: Callable[[int], Utterance],
        features: Callable[[np.ndarray], Any],
        *,
        skip_bad: bool = False,
        augmentation: Augmentation | None = None,
    ) -> None:
        self.utterance = utterance
        self.features = features
        self.skip_bad = skip_bad
        self.augmentation = augmentation

    def __getitem__(self, key: tuple[int, int | None]) -> Clip:
        number, draw = key
        utterance = self.utterance(number)
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
