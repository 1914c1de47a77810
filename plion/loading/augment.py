"""Random augmentation of training audio: speed, added noise, masks over the spectrogram.

Every choice depends only on the seed and the draw number. A resumed run therefore repeats it in
any worker, and another draw of the same utterance differs. Each kind has its own random stream:
speeds are the same with and without noise.
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
    """Applies the changes of `data.augment`; without any, returns its input.

    Raises InputError for a noise folder that cannot be used.
    """

    def __init__(self, settings: Augment, seed: int) -> None:
        self.settings = settings
        self.seed = seed
        self.recordings = recordings(settings.noise.folder) if settings.noise.wanted else []

    @property
    def changes(self) -> bool:
        """Whether it changes anything."""
        masks = self.settings.masks
        return bool(self.settings.speed or self.recordings or masks.time or masks.frequency)

    def waveform(self, samples: Samples, draw: int) -> Samples:
        """Changes the speed of a clip (samples,) at 16 kHz and adds noise, for this draw.

        Raises InputError, naming the recording, if it cannot be decoded.
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
        """Masks a log-mel spectrogram (bins, frames), for this draw."""
        masks = self.settings.masks
        if not (masks.time or masks.frequency):
            return mel
        return masked(mel, masks, int(self._rng("masks", draw).integers(2**63)))

    def _rng(self, purpose: str, draw: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, zlib.crc32(purpose.encode()), draw])


def at_speed(samples: Samples, factor: float) -> Samples:
    """Plays a clip `factor` times as fast (rounded to hundredths) by resampling.

    Pitch changes with tempo: the speed perturbation of Ko et al., Audio Augmentation for Speech
    Recognition, Interspeech 2015.
    """
    return resampled(samples, round(100 * factor), 100)


def with_noise(samples: Samples, noise: Samples, decibels: float) -> Samples:
    """Adds noise of the same length to a clip, at a signal-to-noise ratio of `decibels`.

    Silent noise adds nothing; a silent clip stays silent.
    """
    if not noise.dot(noise):
        return samples
    mixed = add_noise(
        torch.from_numpy(samples), torch.from_numpy(noise), torch.tensor(decibels).float()
    )
    changed: Samples = mixed.numpy()
    return changed


def masked(mel: torch.Tensor, masks: Masks, seed: int) -> torch.Tensor:
    """Sets random bands of time and frequency of a log-mel spectrogram (bins, frames) to its mean.

    SpecAugment (arXiv 1904.08779) without time warping, which that paper finds least important.
    `time_part` is its p, the largest part of an utterance that a mask covers. Restores torch's
    random state.
    """
    mean = float(mel.mean())
    frames = min(masks.time_frames, int(masks.time_part * mel.shape[1]))
    with torch.random.fork_rng(devices=[]):
        # torch.manual_seed would also seed the GPUs, whose state is not restored here.
        torch.default_generator.manual_seed(seed)
        for _ in range(masks.time):
            mel = mask_along_axis(mel, frames, mean, axis=1)
        for _ in range(masks.frequency):
            mel = mask_along_axis(mel, masks.frequency_bins, mean, axis=0)
    return mel


def _piece(recording: Recording, count: int, rng: np.random.Generator) -> Samples:
    """`count` samples at 16 kHz from a random place in a recording, repeated if it is too short."""
    seconds = min(count / SAMPLE_RATE, recording.seconds)
    start = rng.uniform(0, recording.seconds - seconds)
    samples, rate = decode(recording.path, start, seconds)
    piece = resampled(samples, rate, SAMPLE_RATE)
    if not (len(piece) and np.isfinite(piece).all()):
        raise InputError(f"audio {recording.path} has no samples, or some that are not numbers")
    repeated: Samples = np.resize(piece, count)
    return repeated
