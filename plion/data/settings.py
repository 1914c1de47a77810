"""The settings below `data`: corpora, context and augmentation (see `plion.loading.augment`)."""

import math
from dataclasses import dataclass
from typing import Any, Literal

from plion.settings.setting import group, setting


@dataclass
class Masks:
    """SpecAugment: bands of the log-mel spectrogram, 100 frames a second, that are blanked out."""

    time: int = setting(0, low=0, help="masks of an utterance along time")
    time_frames: int = setting(
        100, above=0, unit="frames", help="upper bound of a time mask's width"
    )
    time_part: float = setting(
        0.2,
        above=0,
        high=1,
        unit="part of the utterance",
        help="second upper bound of a time mask's width",
    )
    frequency: int = setting(0, low=0, help="masks of an utterance along frequency")
    frequency_bins: int = setting(
        27, above=0, unit="mel bins", help="upper bound of a frequency mask's width"
    )


@dataclass
class Noise:
    """Recordings mixed under utterances, at a signal-to-noise ratio drawn evenly in dB."""

    folder: str = setting(
        "", identity="content", help="folder of noise recordings, at any depth; '': no noise"
    )
    p: float = setting(0.5, low=0, high=1, help="probability that an utterance gets noise")
    snr: list[float] = setting(
        [5.0, 20.0], low=-100, high=100, unit="dB", help="lowest and highest signal-to-noise ratio"
    )

    @property
    def wanted(self) -> bool:
        return bool(self.folder) and self.p > 0


@dataclass
class Augment:
    """Random changes of training audio; none by default."""

    speed: list[float] = setting(
        [], low=0.5, high=2, help="speed factors, in hundredths; each draw gets one of them"
    )
    noise: Noise = group(Noise)
    masks: Masks = group(Masks)

    @property
    def slowest(self) -> float:
        """The lowest speed factor: an utterance lasts at most its duration divided by this."""
        return min(self.speed, default=1.0)

    @property
    def stretch(self) -> float:
        """Mean playing time of a second of audio over the speed factors."""
        return sum(1 / factor for factor in self.speed) / len(self.speed) if self.speed else 1.0


@dataclass
class Data:
    """The corpora, and what training reads of them."""

    root: str = setting("data/mini12", identity="content", help="folder of the manifests")
    suite: str = setting(
        "mini12",
        identity="content",
        help="a packaged suite of benchmarks, or the path of a YAML file",
    )
    exclude: list[str] = setting([], help="benchmark keys to leave out of training")
    context: str = setting(
        "",
        identity="always",
        help="text of the system turn before every utterance, such as names or technical terms",
    )
    target_text: Literal["verbatim", "plain"] = setting(
        "plain",
        help="text of the targets; plain: without punctuation and capitals; "
        "verbatim: as in the manifest",
    )
    on_bad_audio: Literal["raise", "skip"] = setting(
        "raise", help="what to do with audio that cannot be decoded"
    )
    max_seconds: float = setting(
        30.0, above=0, unit="s", help="leave out longer utterances from training"
    )
    augment: Augment = group(Augment)


def changes(augment: Augment) -> dict[str, Any]:
    """The settings that change any audio, for the hash of a run; empty if none does.

    Without the noise folder, which counts by the names and sizes of its recordings
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
    """What is wrong with values that are within their bounds, in words; None if nothing is."""
    for factor in augment.speed:
        # Of other ratios than hundredths the resampler's filter may fill the memory.
        if not math.isclose(100 * factor, round(100 * factor)):
            return f"data.augment.speed must be of hundredths from 0.5 to 2, and {factor} is none"
    snr = augment.noise.snr
    if len(snr) != 2 or snr[0] > snr[1]:
        return f"data.augment.noise.snr must be lowest and highest, -100 to 100 dB, not {snr}"
    return None
