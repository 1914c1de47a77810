"""Loading in processes of their own."""

from pathlib import Path

import pytest
from tiny import Tiny

from plion.data.utterance import Utterance
from plion.errors import InputError
from plion.model.checkpoint import Checkpoint
from plion.model.loading import Clips, TrainCollator
from plion.model.workers import loader


def test_a_loaders_worker_raises_one_sentence_too(
    tiny: Tiny, spoilt: list[Utterance], checkpoint: Checkpoint
) -> None:
    exp = tiny.experiment(Path("runs"), "trainer.workers=1")
    collate = TrainCollator(checkpoint.prompter, exp)
    clips = Clips(spoilt.__getitem__, checkpoint.extractor)
    with pytest.raises(InputError) as error:
        list(loader(clips, [[(0, 0), (1, 1)]], collate, exp))
    assert str(error.value) == (
        f"utterance librispeech-train-1: audio {spoilt[1].audio} is missing"
    )
