"""Checks of an augmentation before a run: its noise recordings, the width of its masks."""

from plion.data.audio.noise import recordings
from plion.data.settings import Augment
from plion.errors import InputError
from plion.planning.base_model import BaseModel


def check_augmentation(augment: Augment, model: BaseModel) -> None:
    """Raises InputError for unusable noise, or for masks as wide as the model's spectrogram.

    Without the model's folder the masks are not checked.
    """
    if augment.noise.wanted:
        recordings(augment.noise.folder)
    if augment.masks.frequency and model.folder is not None:
        bins = model.family.mel_bins(model.folder)
        if augment.masks.frequency_bins >= bins:
            raise InputError(
                f"data.augment.masks.frequency_bins is {augment.masks.frequency_bins}, but the "
                f"model's spectrogram has {bins} bins; masks must be narrower"
            )
