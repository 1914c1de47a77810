"""What an augmentation needs is looked for before anything is spent."""

import json
from pathlib import Path

import pytest
from tiny import tone

from plion.data.settings import Augment, Masks, Noise
from plion.errors import InputError
from plion.models.families import default_family
from plion.planning.augmentation import check_augmentation
from plion.planning.base_model import BaseModel

ABSENT = BaseModel(default_family(), None)


@pytest.fixture
def model(tmp_path: Path) -> BaseModel:
    """The configuration of a model that listens to 80 bins."""
    content = {"audio_config": {"num_mel_bins": 80}}
    (tmp_path / "config.json").write_text(json.dumps(content))
    return BaseModel(default_family(), tmp_path)


def test_masks_as_wide_as_the_spectrogram_are_refused(model: BaseModel) -> None:
    check_augmentation(Augment(masks=Masks(frequency=1, frequency_bins=79)), model)
    with pytest.raises(InputError, match="frequency_bins is 80, but .* has 80 bins"):
        check_augmentation(Augment(masks=Masks(frequency=1, frequency_bins=80)), model)


def test_masks_that_are_not_drawn_may_be_of_any_width(model: BaseModel) -> None:
    check_augmentation(Augment(masks=Masks(frequency_bins=80)), model)


def test_noise_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "noise"
    tone(folder / "a.wav", 0.5)
    check_augmentation(Augment(noise=Noise(str(folder))), ABSENT)
    (folder / "b.wav").write_text("no audio")
    with pytest.raises(InputError, match=r"b\.wav cannot be decoded"):
        check_augmentation(Augment(noise=Noise(str(folder))), ABSENT)


def test_noise_that_nothing_gets_is_not_looked_for() -> None:
    check_augmentation(Augment(noise=Noise("nowhere", p=0)), ABSENT)
