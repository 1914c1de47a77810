"""Checks of an augmentation before a run: its noise recordings, the width of its masks."""

from pathlib import Path

from plion.data.audio.noise import recordings
from plion.data.settings import Augment
from plion.errors import InputError
from plion.models.locate import mel_bins


def check_augmentation(augment: Augment, model: Path | None) -> None:
    """Raises InputError for unusable noise, or for masks as wide as the model's spectrogram.

    Without the model's folder (`model` None) the masks are not checked.
    """
    if augment.noise.wanted:
        recordings(augment.noise.folder)
    if augment.masks.frequency and model is not None:
        bins = mel_bins(model)
        if augment.masks.frequency_bins >= bins:
            raise InputError(
                f"data.augment.masks.frequency_bins is {augment.masks.frequency_bins}, but the "
                f"model's spectrogram has {bins} bins; masks must be narrower"
            )
