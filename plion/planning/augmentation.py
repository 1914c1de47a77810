"""What an augmentation needs, seen to before a run costs anything."""

from pathlib import Path

from plion.data.audio.noise import recordings
from plion.data.settings import Augment
from plion.errors import InputError
from plion.models.locate import mel_bins


def check_augmentation(augment: Augment, model: Path | None) -> None:
    """Refuses noise that cannot be used, and masks as wide as the model's spectrogram.

    Raises InputError. Without the model's folder the masks are not looked at.
    """
    if augment.noise.wanted:
        recordings(augment.noise.folder)
    if augment.masks.frequency and model is not None:
        bins = mel_bins(model)
        if augment.masks.frequency_bins >= bins:
            raise InputError(
                f"data.augment.masks.frequency_bins is {augment.masks.frequency_bins} where the "
                f"model's spectrogram has {bins} bins in all; masks must be narrower"
            )
