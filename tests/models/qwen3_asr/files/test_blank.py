"""The blank model: the files of an `hf` folder, small, and a tokenizer that finds Tamil dear."""

import contextlib
import io
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tiny import Tiny
from transformers import Qwen3ASRForConditionalGeneration

from plion.models.qwen3_asr.files.blank import blank
from plion.models.qwen3_asr.prompt import Prompter, Target, tag
from plion.text.shipped import PAPER, SHIPPED


@pytest.fixture(scope="module")
def prompter(tiny: Tiny) -> Prompter:
    return Prompter(tiny.model)


def test_the_library_loads_it_as_it_does_the_real_one(tiny: Tiny) -> None:
    loaded: Any = Qwen3ASRForConditionalGeneration.from_pretrained(
        tiny.model, output_loading_info=True
    )
    _, report = loaded
    assert not report["missing_keys"] and not report["unexpected_keys"]


def test_it_takes_3_megabytes_at_most(tiny: Tiny) -> None:
    assert sum(path.stat().st_size for path in tiny.model.iterdir()) < 3_000_000


def weights(tiny: Tiny, out: Path, seed: int) -> dict[str, torch.Tensor]:
    with contextlib.redirect_stdout(io.StringIO()):
        blank(tiny.root, out, seed)
    return load_file(out / "model.safetensors")


def test_the_seed_makes_its_weights(tiny: Tiny, tmp_path: Path) -> None:
    first = load_file(tiny.model / "model.safetensors")
    again, other = weights(tiny, tmp_path / "a", 0), weights(tiny, tmp_path / "b", 1)
    assert all(torch.equal(first[name], again[name]) for name in first)
    name = "model.language_model.embed_tokens.weight"
    assert not torch.equal(first[name], other[name])


def test_it_stops_at_the_end_token(tiny: Tiny, prompter: Prompter) -> None:
    model = Qwen3ASRForConditionalGeneration.from_pretrained(tiny.model)
    assert prompter.end in model.generation_config.eos_token_id


@pytest.mark.parametrize("key", [*PAPER, None])
def test_a_language_tag_costs_four_tokens_at_most(key: str | None, prompter: Prompter) -> None:
    assert prompter.sequence(1, Target("", tag(SHIPPED[key] if key else None), "")).prefix <= 4


@pytest.mark.parametrize(
    "text", ["Seven rivers, today.", "今天看见苹果。", "அம்மா வீடு பார்த்தாள்", "kanak-kanak 7\n"]
)
def test_any_text_comes_back_from_its_tokens(text: str, prompter: Prompter) -> None:
    ids = prompter.tokenizer.encode(text, add_special_tokens=False).ids
    assert prompter.decode(ids) == text


def test_the_tags_mark_stays_where_special_tokens_are_left_out(prompter: Prompter) -> None:
    ids = prompter.tokenizer.encode("language English<asr_text>two<|im_end|>").ids
    text = prompter.tokenizer.decode(ids, skip_special_tokens=True)
    assert text == "language English<asr_text>two"


def test_a_tamil_word_costs_a_token_a_syllable_at_least(prompter: Prompter) -> None:
    unheard, heard = prompter.count([" குழந்தை", " rivers"])
    assert unheard >= 4 > heard
