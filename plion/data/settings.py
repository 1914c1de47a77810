"""What is asked of training audio: the keys below `data.augment`, torch-free.

`plion.loading.augment` does it.
"""

import math
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Masks:
    """SpecAugment: bands of the log-mel spectrogram, 100 frames a second, that are blanked out."""

    time: int = 0  # masks of an utterance
    time_frames: int = 100  # each is narrower than this
    time_part: float = 0.2  # and than this part of the utterance
    frequency: int = 0
    frequency_bins: int = 27


@dataclass
class Noise:
    """Recordings mixed under utterances, at a signal-to-noise ratio drawn evenly in dB."""

    folder: str = ""  # of recordings, at any depth; none: no noise
    p: float = 0.5  # probability that an utterance gets any
    snr: list[float] = field(default_factory=lambda: [5.0, 20.0])  # dB, lowest and highest

    @property
    def wanted(self) -> bool:
        return bool(self.folder) and self.p > 0


@dataclass
class Augment:
    """What training does to its audio; nothing, unless it is asked for."""

    speed: list[float] = field(default_factory=list)  # factors, one of which each draw gets
    noise: Noise = field(default_factory=Noise)
    masks: Masks = field(default_factory=Masks)

    @property
    def slowest(self) -> float:
        """The least factor of speed: an utterance lasts at most its duration over this."""
        return min(self.speed, default=1.0)

    @property
    def stretch(self) -> float:
        """What a second of audio becomes, on average over the draws."""
        return sum(1 / factor for factor in self.speed) / len(self.speed) if self.speed else 1.0


def changes(augment: Augment) -> dict[str, Any]:
    """What of the settings changes any audio, for the hash of a run; empty where nothing does.

    The folder of noise is not in it: it counts by its recordings' names and sizes
    (`plion.planning.inputs`).
    """
    masks, noise = augment.masks, augment.noise
    found: dict[str, Any] = {}
    if any(factor != 1 for factor in augment.speed):
        found["speed"] = augment.speed
    if noise.wanted:
        found["noise"] = {"p": noise.p, "snr": noise.snr}
    if masks.time:
        found["time_masks"] = [masks.time, masks.time_frames, masks.time_part]
    if masks.frequency:
        found["frequency_masks"] = [masks.frequency, masks.frequency_bins]
    return found


def wrong_augment(augment: Augment) -> str | None:
    """What is wrong with a value that has the right type, in words; None if nothing is."""
    for factor in augment.speed:
        # Hundredths: of other ratios the resampler's filter may fill the memory.
        if not (0.5 <= factor <= 2 and math.isclose(100 * factor, round(100 * factor))):
            return f"data.augment.speed must be of hundredths from 0.5 to 2, and {factor} is none"
    snr = augment.noise.snr
    if len(snr) != 2 or not -100 <= snr[0] <= snr[1] <= 100:
        return f"data.augment.noise.snr must be lowest and highest, -100 to 100 dB, not {snr}"
    return None
