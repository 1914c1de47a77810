"""Prompts against the real processor, what each tag policy asks for, and text back from output."""

from typing import Any

import numpy as np
import pytest
import torch
from tiny import Tiny
from tokenizers import Tokenizer, models
from transformers import Qwen3ASRProcessor

from plion.errors import InputError
from plion.models.qwen3_asr.prompt import (
    SPECIAL,
    TAGS,
    Prompter,
    Target,
    audio_tokens,
    parse,
    tag,
)
from plion.text.shipped import PAPER, SHIPPED

SECOND = 16_000
TEXT = "two rivers"


@pytest.fixture(scope="module")
def processor(tiny: Tiny) -> Qwen3ASRProcessor:
    return Qwen3ASRProcessor.from_pretrained(tiny.model)


@pytest.fixture(scope="module")
def prompter(tiny: Tiny) -> Prompter:
    return Prompter(tiny.model)


def ids_of(processor: Qwen3ASRProcessor, samples: int, answer: str, context: str = "") -> list[int]:
    """What the checkpoint's own chat template and processor make of a clip and an answer."""
    chat: list[dict[str, Any]] = [
        {"role": "system", "content": context},
        {"role": "user", "content": [{"type": "audio"}]},
    ]
    text = processor.apply_chat_template(chat, add_generation_prompt=True, tokenize=False)
    silence = np.zeros(samples, np.float32)
    inputs = processor(text=[text + answer], audio=[silence], padding=True)
    return list(inputs["input_ids"][0].tolist())


def test_audio_tokens_are_those_of_the_processor(processor: Qwen3ASRProcessor) -> None:
    frames = torch.arange(50, 3001)
    counted = processor._get_audio_token_length(frames)
    assert [audio_tokens(160 * int(f)) for f in frames] == counted.tolist()


@pytest.mark.parametrize("samples", [1, 400, 7_999, 8_000, 8_159, 8_160, 16_000, 40_123, 170_001])
def test_audio_tokens_are_those_of_the_features(samples: int, processor: Qwen3ASRProcessor) -> None:
    ids = ids_of(processor, samples, "")
    assert ids.count(processor.audio_token_id) == audio_tokens(samples)


def test_a_second_of_audio_is_13_tokens() -> None:
    assert [audio_tokens(n * SECOND) for n in (1, 2, 30)] == [13, 26, 390]


def test_a_request_is_what_the_chat_template_gives(
    prompter: Prompter, processor: Qwen3ASRProcessor
) -> None:
    assert prompter.request(30_000) == ids_of(processor, 30_000, "")


@pytest.mark.parametrize("context", ["Tan Ah Kow, MRT", "\n two\nlines \n", "அம்மா 苹果"])
def test_a_context_stands_where_the_chat_template_has_it(
    context: str, prompter: Prompter, processor: Qwen3ASRProcessor
) -> None:
    told = ids_of(processor, 30_000, "", context)
    assert prompter.request(30_000, context=context) == told
    assert prompter.context_tokens(context) == len(told) - len(prompter.request(30_000)) > 0
    target = TAGS["predict"](SHIPPED["zh"], "今天")
    sequence = prompter.sequence(30_000, target, context)
    answer = f"{target.prefix}{target.text}<|im_end|>"
    assert sequence.ids == ids_of(processor, 30_000, answer, context)
    plain = prompter.sequence(30_000, target)
    assert (sequence.prefix, sequence.text) == (plain.prefix, plain.text)


def test_special_tokens_in_a_context_are_its_text(prompter: Prompter) -> None:
    context = "<|im_end|><|im_start|>user<|audio_pad|><asr_text>"
    told, plain = prompter.request(SECOND, context=context), prompter.request(SECOND)
    for token in SPECIAL:
        number = prompter.tokenizer.token_to_id(token)
        assert told.count(number) == plain.count(number)
    assert prompter.tokenizer.decode(told, skip_special_tokens=False).count(context) == 1
    assert prompter.context_tokens("") == 0


@pytest.mark.parametrize("policy", TAGS)
def test_a_training_sequence_is_the_templates_with_answer_and_end(
    policy: str, prompter: Prompter, processor: Qwen3ASRProcessor
) -> None:
    target = TAGS[policy](SHIPPED["zh"], "今天看见苹果")
    answer = f"{target.given}{target.prefix}{target.text}<|im_end|>"
    assert prompter.sequence(30_000, target).ids == ids_of(processor, 30_000, answer)


@pytest.mark.parametrize(
    ("policy", "target"),
    [
        ("none", Target("", "language None<asr_text>", TEXT)),
        ("predict", Target("", "language Malay<asr_text>", TEXT)),
        ("condition", Target("language Malay<asr_text>", "", TEXT)),
        ("absent", Target("", "", TEXT)),
    ],
)
def test_a_tag_policy_says_what_is_given_and_what_is_supervised(
    policy: str, target: Target
) -> None:
    assert TAGS[policy](SHIPPED["ms"], TEXT) == target


@pytest.mark.parametrize("policy", ["predict", "none", "condition"])
def test_silence_has_no_language(policy: str) -> None:
    target = TAGS[policy](SHIPPED["en"], "")
    assert target.given + target.prefix == "language None<asr_text>" and target.text == ""


@pytest.mark.parametrize("key", PAPER)
@pytest.mark.parametrize("policy", ["predict", "condition"])
def test_every_language_can_be_named_tamil_too(key: str, policy: str) -> None:
    target = TAGS[policy](SHIPPED[key], "text")
    assert target.given + target.prefix == f"language {SHIPPED[key].name}<asr_text>"


@pytest.mark.parametrize("policy", TAGS)
def test_prefix_text_and_end_token_alone_are_supervised(policy: str, prompter: Prompter) -> None:
    target = TAGS[policy](SHIPPED["ta"], "அம்மா வீடு")
    sequence = prompter.sequence(SECOND, target)
    first = len(sequence.ids) - sequence.prefix - sequence.text
    asked, said = sequence.ids[:first], sequence.ids[first:]
    assert asked == prompter.request(SECOND, target.given)
    assert prompter.decode(said[: sequence.prefix]) == target.prefix
    assert prompter.decode(said[sequence.prefix :]) == target.text
    assert said[-1] == prompter.end


def test_an_empty_answer_is_the_end_token_alone(prompter: Prompter) -> None:
    sequence = prompter.sequence(SECOND, TAGS["absent"](SHIPPED["en"], ""))
    assert (sequence.prefix, sequence.text, sequence.ids[-1]) == (0, 1, prompter.end)


SPECIAL_TEXTS = ["say <|audio_pad|> now", "a <|im_end|>", "<asr_text>", "<|im_start|>user\n"]


@pytest.mark.parametrize("text", SPECIAL_TEXTS)
@pytest.mark.parametrize("policy", TAGS)
def test_special_tokens_in_a_text_are_trained_on_as_text(
    policy: str, text: str, prompter: Prompter
) -> None:
    target = TAGS[policy](SHIPPED["en"], text)
    sequence = prompter.sequence(SECOND, target)
    said = sequence.ids[-sequence.text :]
    assert sequence.ids.count(prompter.audio) == audio_tokens(SECOND)
    assert said.index(prompter.end) == sequence.text - 1  # the end is the end, and no word
    assert prompter.decode(said) == text
    assert prompter.count([text, "seven"]) == [sequence.text - 1, len(prompter.written("seven"))]


def test_output_after_the_end_token_is_not_read(prompter: Prompter) -> None:
    ids = prompter.sequence(SECOND, Target("", "", "seven")).ids[-2:]
    assert prompter.decode([*ids, *ids]) == prompter.decode(ids)


def test_decoding_keeps_the_tag_for_parse(prompter: Prompter) -> None:
    sequence = prompter.sequence(SECOND, TAGS["predict"](SHIPPED["ta"], "வீடு"))
    said = prompter.decode(sequence.ids[-sequence.prefix - sequence.text :])
    assert parse(said) == ("Tamil", "வீடு")


@pytest.mark.parametrize("key", PAPER)
def test_parse_gives_back_what_was_named_and_said(key: str) -> None:
    assert parse(f"{tag(SHIPPED[key])} {TEXT}. ") == (SHIPPED[key].name, f" {TEXT}. ")


@pytest.mark.parametrize(
    ("output", "parsed"),
    [
        ("language None<asr_text>words", (None, "words")),
        ("language None<asr_text>", (None, "")),
        ("words alone", (None, "words alone")),
        ("<asr_text>words", (None, "words")),
        ("", (None, "")),
        ("language English<asr_text>a<asr_text>b", ("English", "a<asr_text>b")),
        ("language English<asr_text>" + "a" * 50, ("English", "a" * 50)),
    ],
)
def test_parse_leaves_text_untouched(output: str, parsed: tuple[str | None, str]) -> None:
    assert parse(output) == parsed


def test_a_foreign_tokenizer_is_refused(tmp_path: Any) -> None:
    Tokenizer(models.BPE()).save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(InputError, match="tokenizer of .* has no token .*im_end"):
        Prompter(tmp_path)
