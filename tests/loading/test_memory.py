"""Features that a process remembers: the same bits, of the file as it is now, within a limit."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny import tone

from plion.data.manifest import Utterance
from plion.data.settings import Augment, Masks
from plion.loading import clips, memory
from plion.loading.augment import Augmentation
from plion.loading.clips import Clips
from plion.loading.memory import FeatureMemory

SECONDS = 0.5


class Heard:
    """Features that count how often they are computed."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, samples: np.ndarray) -> torch.Tensor:
        self.times += 1
        return torch.from_numpy(samples[: 2 * (len(samples) // 2)].reshape(2, -1)).clone()


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[FeatureMemory]:
    """A memory of this test alone."""
    own = FeatureMemory()
    monkeypatch.setattr(clips, "MEMORY", own)
    yield own


@pytest.fixture
def utterance(tmp_path: Path) -> Utterance:
    path = tone(tmp_path / "a.wav", 2 * SECONDS)
    return Utterance("a", str(path), "words", "en", "nsc", SECONDS, offset=0.0)


def read(utterance: Utterance, heard: Heard, draw: int | None = 0, **settings: Any) -> torch.Tensor:
    """The features of an utterance, by a loader of its own."""
    one = Clips([utterance].__getitem__, heard, **{"remembered": "mel", **settings})[0, draw]
    assert one.samples == round(SECONDS * 16_000)
    features: torch.Tensor = one.features
    return features


def test_features_are_computed_once_and_are_the_same(utterance: Utterance) -> None:
    heard = Heard()
    first = read(utterance, heard, draw=3).clone()
    assert torch.equal(read(utterance, heard, draw=None), first) and heard.times == 1
    assert torch.equal(read(utterance, heard, remembered=""), first) and heard.times == 2


def test_another_file_place_or_setting_is_computed_anew(
    utterance: Utterance, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Heard()
    first = read(utterance, heard)
    tone(Path(utterance.audio), 2 * SECONDS, hertz=300.0)
    os.utime(utterance.audio, ns=(1, 1))
    assert not torch.equal(read(utterance, heard), first)
    later = Utterance("b", utterance.audio, "words", "en", "nsc", SECONDS, offset=0.3)
    read(later, heard)
    read(utterance, heard, remembered="other mel")
    monkeypatch.setattr(torch, "get_num_threads", lambda: 99)
    read(utterance, heard)
    assert heard.times == 5


def test_augmented_clips_and_those_of_loader_workers_are_not_remembered(
    utterance: Utterance, fresh: FeatureMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard, none = Heard(), Augmentation(Augment(), 0)
    masks = Augmentation(Augment(masks=Masks(time=1)), 0)
    read(utterance, heard, augmentation=masks)
    monkeypatch.setattr(clips, "get_worker_info", object)
    read(utterance, heard)
    monkeypatch.undo()
    monkeypatch.setattr(clips, "MEMORY", fresh)
    assert not fresh._kept
    read(utterance, heard, augmentation=none)
    assert len(fresh._kept) == 1


def test_no_more_is_kept_than_the_limit(utterance: Utterance, fresh: FeatureMemory) -> None:
    heard = Heard()
    fresh.limit = 100
    read(utterance, heard)
    read(utterance, heard)
    assert heard.times == 2 and not fresh._kept
    assert memory.LIMIT < 2**30
