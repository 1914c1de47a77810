"""The packaged base model: small, whole, and it starts where Qwen3-ASR starts."""

from pathlib import Path

import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein

from plion.data.mini.speech.espeak import Voice, speak
from plion.data.mini.speech.words import ORDER, WORDS
from plion.models.locate import MINI
from plion.models.qwen3_asr.decode import transcribe
from plion.models.qwen3_asr.files.checkpoint import Checkpoint, load_checkpoint
from plion.models.qwen3_asr.prompt import parse
from plion.models.qwen3_asr.tensors import log_mel, request

VOICES = [Voice(variant, pitch, 50, 240) for variant, pitch in (("m3", 40), ("m7", 50), ("f1", 60))]


@pytest.fixture(scope="module")
def mini() -> Checkpoint:
    checkpoint = load_checkpoint("mini")
    checkpoint.model.eval()
    return checkpoint


def phrases(language: str) -> list[tuple[str, ...]]:
    """Nine phrases of four words in the language's order."""
    rng = np.random.default_rng(0)
    groups = [WORDS[language][number] for number in ORDER[language]][:4]
    return [tuple(str(rng.choice(group)) for group in groups) for _ in range(9)]


def heard(mini: Checkpoint, language: str, voice_of: str) -> list[str]:
    """What the model says to the phrases in three voices, noise beneath."""
    rng = np.random.default_rng(1)
    waves = []
    for number, words in enumerate(phrases(language)):
        wave = speak(" ".join(words), voice_of, VOICES[number % len(VOICES)])
        waves.append(wave + rng.normal(0, 0.002, len(wave)).astype(np.float32))
    asked = request(
        [log_mel(mini.extractor, wave) for wave in waves],
        [mini.prompter.request(len(wave)) for wave in waves],
        mini.prompter.audio,
        mini.prompter.end,
    )
    return transcribe(mini.model, asked, [60] * len(waves), mini.prompter)


def test_it_takes_3_megabytes_at_most() -> None:
    assert sum(path.stat().st_size for path in MINI.iterdir()) <= 3_000_000


def test_it_has_the_files_of_the_hf_layout() -> None:
    assert {path.name for path in Path(MINI).iterdir()} == {
        "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
        "processor_config.json", "chat_template.jinja", "generation_config.json",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("language", "voice_of", "name"), [("en", "en", "English"), ("zh", "cmn", "Chinese")]
)
def test_it_reads_english_and_mandarin_and_names_them(
    language: str, voice_of: str, name: str, mini: Checkpoint
) -> None:
    said = [parse(raw) for raw in heard(mini, language, voice_of)]
    assert [named for named, _ in said] == [name] * len(said)
    joint = "" if language == "zh" else " "
    references = [joint.join(words) for words in phrases(language)]
    errors = [Levenshtein.distance(r, text) for r, (_, text) in zip(references, said, strict=True)]
    assert sum(errors) < 0.35 * sum(map(len, references))


def test_it_is_lost_in_tamil(mini: Checkpoint) -> None:
    said = [parse(raw)[1] for raw in heard(mini, "ta", "ta")]
    words = [word for phrase in phrases("ta") for word in phrase]
    found = sum(word in text for phrase, text in zip(phrases("ta"), said, strict=True)
                for word in phrase)  # fmt: skip
    assert found < 0.15 * len(words)


def test_tamil_costs_a_few_times_the_tokens_of_english(mini: Checkpoint) -> None:
    cost = {
        language: np.mean(mini.prompter.count([" ".join(words) for words in phrases(language)]))
        for language in ("en", "ta")
    }
    assert cost["ta"] > 2 * cost["en"]
