"""Training audio that is changed at random: its speed, noise beneath it, masks over its spectrum.

Every choice hangs on the seed and the draw number alone. So a resumed run repeats it, whichever
worker of a loader makes it, and the next draw of the same utterance is another. Each kind of
change draws for itself: with noise or without, the speeds are the same.
"""

import zlib

import numpy as np
import torch
from numpy.typing import NDArray
from torchaudio.functional import add_noise, mask_along_axis

from plion.data.audio.decoding import decode
from plion.data.audio.noise import Recording, recordings
from plion.data.settings import Augment, Masks
from plion.errors import InputError
from plion.loading.audio import SAMPLE_RATE, resampled

Samples = NDArray[np.float32]


class Augmentation:
    """The changes that an experiment's `data.augment` asks for; without any, nothing is touched.

    Raises InputError for a noise folder that cannot be used.
    """

    def __init__(self, settings: Augment, seed: int) -> None:
        self.settings = settings
        self.seed = seed
        self.recordings = recordings(settings.noise.folder) if settings.noise.wanted else []

    def waveform(self, samples: Samples, draw: int) -> Samples:
        """A clip (samples,) at 16 kHz at the draw's speed and with its noise.

        Raises InputError naming a recording that cannot be decoded.
        """
        speeds = self.settings.speed
        if speeds:
            samples = at_speed(samples, speeds[self._rng("speed", draw).integers(len(speeds))])
        rng = self._rng("noise", draw)
        if self.recordings and rng.random() < self.settings.noise.p:
            low, high = self.settings.noise.snr
            decibels = rng.uniform(low, high)
            one = self.recordings[rng.integers(len(self.recordings))]
            samples = with_noise(samples, _piece(one, len(samples), rng), decibels)
        return samples

    def spectrogram(self, mel: torch.Tensor, draw: int) -> torch.Tensor:
        """A log-mel spectrogram (bins, frames) under the draw's masks."""
        masks = self.settings.masks
        if not (masks.time or masks.frequency):
            return mel
        return masked(mel, masks, int(self._rng("masks", draw).integers(2**63)))

    def _rng(self, purpose: str, draw: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, zlib.crc32(purpose.encode()), draw])


def at_speed(samples: Samples, factor: float) -> Samples:
    """A clip played `factor` times as fast, in hundredths; 1 leaves it as it is.

    By resampling, so pitch moves with tempo: speed perturbation of Ko et al., Audio Augmentation
    for Speech Recognition, Interspeech 2015.
    """
    return resampled(samples, round(100 * factor), 100)


def with_noise(samples: Samples, noise: Samples, decibels: float) -> Samples:
    """A clip with as many samples of noise under it, at a signal-to-noise ratio in dB.

    Silence has no ratio to anything: as noise it adds nothing, and as a clip it stays silent.
    """
    if not noise.dot(noise):
        return samples
    mixed = add_noise(
        torch.from_numpy(samples), torch.from_numpy(noise), torch.tensor(decibels).float()
    )
    changed: Samples = mixed.numpy()
    return changed


def masked(mel: torch.Tensor, masks: Masks, seed: int) -> torch.Tensor:
    """A log-mel spectrogram (bins, frames) with bands of time and of frequency at its mean.

    SpecAugment (arXiv 1904.08779) without its time warping, which that paper finds to matter
    least. `time_part` is its p, the part of an utterance that a mask may cover. Torch's own
    generator is left as it was.
    """
    mean = float(mel.mean())
    frames = min(masks.time_frames, int(masks.time_part * mel.shape[1]))
    with torch.random.fork_rng(devices=[]):
        # torch.manual_seed would seed the GPUs as well, which nothing puts back.
        torch.default_generator.manual_seed(seed)
        for _ in range(masks.time):
            mel = mask_along_axis(mel, frames, mean, axis=1)
        for _ in range(masks.frequency):
            mel = mask_along_axis(mel, masks.frequency_bins, mean, axis=0)
    return mel


def _piece(recording: Recording, count: int, rng: np.random.Generator) -> Samples:
    """`count` samples at 16 kHz from anywhere in a recording, repeated where it is too short."""
    seconds = min(count / SAMPLE_RATE, recording.seconds)
    start = rng.uniform(0, recording.seconds - seconds)
    samples, rate = decode(recording.path, start, seconds)
    piece = resampled(samples, rate, SAMPLE_RATE)
    if not (len(piece) and np.isfinite(piece).all()):
        raise InputError(f"audio {recording.path} has samples that are not numbers, or none")
    repeated: Samples = np.resize(piece, count)
    return repeated
