"""Recognisers that say a transcript token by token."""

from pathlib import Path

import foreign
import pytest
from tiny import Tiny

from plion.models.qwen3_asr.decode import Search
from plion.models.transformers_asr.foreign import Foreign, load_foreign, sound_loader
from plion.models.transformers_asr.sequences import sequences_said

KINDS = {"whisper": foreign.whisper, "moonshine": foreign.moonshine}


@pytest.fixture(params=KINDS)
def recognizer(request: pytest.FixtureRequest, tmp_path: Path) -> Foreign:
    return load_foreign(KINDS[request.param](tmp_path / "model"))


def texts(recognizer: Foreign, tiny: Tiny) -> list[str]:
    exp = tiny.experiment(Path("runs"), "evaluate.tokens_per_second=8")
    utterances = tiny.utterances("test")[:4]
    [batch] = sound_loader(utterances, [range(4)], exp)
    return [text for _, text, _ in sequences_said(recognizer, batch, Search(1, 1.0), forced=False)]


def test_any_of_several_tokens_ends_a_transcript(recognizer: Foreign, tiny: Tiny) -> None:
    before = texts(recognizer, tiny)
    end = next(letter for text in before for letter in text[1:])
    settings = recognizer.model.generation_config
    letter = recognizer.processor.tokenizer.convert_tokens_to_ids(end)
    settings.eos_token_id = [settings.eos_token_id, letter]
    after = texts(recognizer, tiny)
    assert after == [text.partition(end)[0] for text in before] != before
