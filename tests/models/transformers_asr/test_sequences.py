"""Recognisers that say a transcript token by token."""

from pathlib import Path

import foreign
import pytest
from tiny import Tiny

from plion.loading.audio import read_audio
from plion.models.transformers_asr.foreign import Foreign, Sounds, load_foreign
from plion.models.transformers_asr.sequences import sequences_said
from plion.models.values import GREEDY


@pytest.fixture
def recognizer(tmp_path: Path) -> Foreign:
    return load_foreign(foreign.moonshine(tmp_path / "model"))


def texts(recognizer: Foreign, tiny: Tiny) -> list[str]:
    utterances = tiny.utterances("test")[:4]
    limits = [round(16 + 8 * one.duration) for one in utterances]
    sounds = Sounds(tuple(map(read_audio, utterances)))
    return [one.text for one in sequences_said(recognizer, sounds, limits, GREEDY)]


def test_any_of_several_tokens_ends_a_transcript(recognizer: Foreign, tiny: Tiny) -> None:
    before = texts(recognizer, tiny)
    end = next(letter for text in before for letter in text[1:])
    settings = recognizer.model.generation_config
    letter = recognizer.processor.tokenizer.convert_tokens_to_ids(end)
    settings.eos_token_id = [settings.eos_token_id, letter]
    after = texts(recognizer, tiny)
    assert after == [text.partition(end)[0] for text in before] != before
