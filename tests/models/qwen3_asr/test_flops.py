"""The work that is counted from a configuration is that of the model's own classes."""

from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

import pytest
import torch
from shapes import SMALL, qwen3_asr
from torch.nn.utils.rnn import pad_sequence
from torch.utils.flop_counter import FlopCounterMode

from plion.models.qwen3_asr.flops import Work, multiply_adds, passes
from plion.models.qwen3_asr.prompt import audio_tokens

PARTS = ("audio_tower", "multi_modal_projector", "language_model")
SAID = [2] * 20
FIRST = 9 * 32 * 35 * 50  # multiply-adds of a chunk by the first convolution of this shape:
SHAPE: dict[str, Any] = {
    "audio_config": {
        "num_mel_bins": 70,
        "d_model": 32,
        "encoder_layers": 2,
        "encoder_attention_heads": 4,
        "encoder_ffn_dim": 96,
        "downsample_hidden_size": 32,
        "output_dim": 48,
    },
    "text_config": {
        "hidden_size": 48,
        "intermediate_size": 80,
        "num_hidden_layers": 3,
        "num_attention_heads": 6,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "vocab_size": 300,
        "tie_word_embeddings": True,
    },
    "audio_token_id": 7,
}


def counted_by_torch(model: Any, frames: Sequence[int], backward: bool) -> float:
    """Multiply-adds of a pass over clips and what was said in them, all padded to the longest.

    Attention is eager: torch has no count of what it fuses on a CPU.
    """
    model.set_attn_implementation("eager")
    ids = [torch.tensor([1, *[7] * audio_tokens(160 * one), *SAID]) for one in frames]
    longest = -(-max(frames) // 100) * 100
    heard = (torch.arange(longest) < torch.tensor(frames)[:, None]).long()
    counter = FlopCounterMode(display=False)
    with counter:
        hidden = model.model(
            input_ids=pad_sequence(ids, batch_first=True),
            input_features=torch.zeros(len(frames), 70, longest),
            input_features_mask=heard,
            use_cache=False,
        ).last_hidden_state
        logits = model.lm_head(hidden[:, -len(SAID) :])
        if backward:
            logits.sum().backward()
    return float(counter.get_total_flops() / 2)


@pytest.mark.parametrize("frames", [(300,), (50, 237, 800, 801, 2050)])
def test_what_is_counted_is_what_torch_counts(frames: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    model = qwen3_asr(SHAPE)
    chunks = len(frames) * -(-max(frames) // 100)
    longest = 1 + audio_tokens(160 * max(frames)) + len(SAID)
    work = multiply_adds(
        model.config.to_dict(),
        frames,
        chunks,
        len(frames) * longest,
        supervised=len(frames) * len(SAID),
    )
    assert work.total == pytest.approx(counted_by_torch(model, frames, backward=False), rel=1e-3)
    no_gradient = chunks * FIRST  # of the spectrogram
    found = counted_by_torch(model, frames, backward=True)
    assert 3 * work.total - no_gradient == pytest.approx(found, rel=1e-3)


def test_a_full_window_is_counted_as_torch_counts_windows_that_no_clip_fills() -> None:
    clip, positions = (2050,), 1 + audio_tokens(160 * 2050) + len(SAID)
    torch.manual_seed(0)
    model = qwen3_asr(SHAPE)
    work = multiply_adds(
        model.config.to_dict(), clip, 21, positions, supervised=len(SAID), window="full"
    )
    model.model.audio_tower.n_window_infer = 3000
    assert work.total == pytest.approx(counted_by_torch(model, clip, backward=False), rel=1e-3)


@pytest.mark.parametrize(
    "frozen",
    [
        ("audio_tower",),
        ("language_model",),
        ("audio_tower", "language_model"),
        ("audio_tower", "multi_modal_projector"),
        ("multi_modal_projector",),
    ],
)
def test_what_is_frozen_takes_less(frozen: tuple[str, ...]) -> None:
    torch.manual_seed(0)
    # Wide enough that attention, which has no weights to freeze, is little of the work.
    text = {"hidden_size": 512, "intermediate_size": 1024, "head_dim": 64}
    audio = {"output_dim": 512}
    model = qwen3_asr(
        SHAPE
        | {"text_config": SHAPE["text_config"] | text}
        | {"audio_config": SHAPE["audio_config"] | audio}
    )
    for part in frozen:
        getattr(model.model, part).requires_grad_(False)
    frames, longest = (100, 80), 1 + audio_tokens(160 * 100) + len(SAID)
    work = multiply_adds(model.config.to_dict(), frames, 2, 2 * longest, supervised=2 * len(SAID))
    tower, projector, decoder = (float(part not in frozen) for part in PARTS)
    each = astuple(passes(tower, projector, decoder))
    expected = sum(a * b for a, b in zip(astuple(work), each, strict=True)) - 2 * FIRST * tower
    found = counted_by_torch(model, frames, backward=True)
    assert expected == pytest.approx(found, rel=0.02)


def test_work_of_the_published_shape_by_part() -> None:
    """Shares that are known of a second of audio and 4 tokens of text, logits at all positions."""
    with torch.device("meta"):
        config = qwen3_asr(SMALL).config.to_dict()
    clip = 1000  # frames, 10 s
    text = round(10 * (4 + 1.5))
    positions = audio_tokens(160 * clip) + text
    counted = multiply_adds(config, [clip], 10, positions, supervised=positions)
    assert counted.total / 10 == pytest.approx(15.5e9, rel=0.03)  # attention left out there
    conv, encoder, projector, decoder, head = (part / counted.total for part in astuple(counted))
    assert [conv, encoder + projector, decoder, head] == pytest.approx(
        [0.14, 0.15, 0.53, 0.19], abs=0.01
    )


def test_the_parts_add_up() -> None:
    assert Work(1, 2, 3, 4, 5).total == 15
